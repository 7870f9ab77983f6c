import type { Setting } from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import {
  changesOf,
  defaultText,
  groupsOf,
  isChanged,
  matches,
  parse,
  textOf,
} from "./setting_draft";

function setting(part: Partial<Setting>): Setting {
  return {
    name: "x",
    type: "text",
    value: null,
    shown: "",
    default: null,
    configured: false,
    source: "default",
    help: "",
    min: null,
    max: null,
    choices: [],
    secret: false,
    editable: true,
    locked: null,
    warning: null,
    pending: false,
    ...part,
  };
}

const drain = setting({
  name: "drain",
  type: "duration",
  value: 30_000,
  shown: "30s",
  default: 30_000,
  min: 0,
  max: 3_600_000,
});

test("durations and sizes are written with a unit and kept in their bounds", () => {
  expect(textOf(drain)).toBe("30s");
  expect(parse(drain, " 5 m ")).toEqual({ value: "5m" });
  expect(parse(drain, "0")).toEqual({ value: "0" });
  expect(parse(drain, "5")).toHaveProperty("fault");
  expect(parse(drain, "2h")).toEqual({ fault: "It may be at most 1 h." });
  const body = setting({ type: "size", min: 16_384, max: 2 ** 28 });
  expect(parse(body, "8MiB")).toEqual({ value: "8MiB" });
  expect(parse(body, "1KiB")).toEqual({ fault: "It must be at least 16.0 KiB." });
  expect(parse(body, "8MB")).toHaveProperty("fault");
});

test("numbers, choices, lists and sections", () => {
  const layers = setting({ type: "integer", min: -1, max: 100 });
  expect(parse(layers, "-1")).toEqual({ value: -1 });
  expect(parse(layers, "1.5")).toHaveProperty("fault");
  expect(parse(layers, "101")).toEqual({ fault: "It may be at most 100." });
  const level = setting({ type: "choice", choices: ["info", "debug"] });
  expect(parse(level, "debug")).toEqual({ value: "debug" });
  expect(parse(level, "loud")).toHaveProperty("fault");
  expect(parse(setting({ type: "list" }), "a\n\n b ")).toEqual({ value: ["a", "b"] });
  expect(parse(setting({ type: "section" }), '{"a":1}')).toEqual({ value: { a: 1 } });
  expect(parse(setting({ type: "section" }), "{")).toHaveProperty("fault");
  expect(parse(setting({ type: "section" }), "")).toEqual({ value: null });
});

test("only what differs is sent, and what is wrong is not", () => {
  const hosts = setting({ name: "allowed_hosts", type: "list", value: ["a"], configured: true });
  const drafts = { drain: "30s", allowed_hosts: "a\nb" };
  expect(changesOf([drain, hosts], drafts)).toEqual({
    changes: { allowed_hosts: ["a", "b"] },
    faults: {},
  });
  expect(changesOf([drain], { drain: "soon" }).faults).toHaveProperty("drain");
  expect(changesOf([drain, hosts], { drain: null, allowed_hosts: null }).changes).toEqual({
    allowed_hosts: null,
  });
  expect(isChanged(drain, undefined)).toBe(false);
});

test("every setting is in a group and is found by words of its name and help", () => {
  const names = ["listen", "models.slots", "drain", "log.level", "updates.manifest_url", "setup"];
  const groups = groupsOf(names.map((name) => setting({ name })));
  expect(groups.map((group) => group.title)).toEqual([
    "Network",
    "Models",
    "Limits",
    "Logs",
    "Updates",
    "Other",
  ]);
  const found = setting({ name: "models.keep_loaded", help: "How long a model stays in memory." });
  expect(matches(found, "keep loaded")).toBe(true);
  expect(matches(found, "MEMORY long")).toBe(true);
  expect(matches(found, "network")).toBe(false);
});

test("a default is told as people read it", () => {
  expect(defaultText(drain)).toBe("30 s");
  expect(defaultText(setting({ default: "" }))).toBe("empty");
  expect(defaultText(setting({ type: "boolean", default: false }))).toBe("off");
  expect(defaultText(setting({ type: "section" }))).toBeNull();
});
