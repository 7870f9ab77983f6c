import type { AuditEntry } from "@b3iq/shared/api/types.ts";
import { KitProvider } from "@b3iq/shared/kit/provider.tsx";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FoundEntries } from "./found_entries";

const entry = (seq: number): AuditEntry => ({
  seq,
  at: "2026-11-22T15:00:00.000Z",
  at_ms: 0,
  actor: seq % 2 ? "operator" : "browser",
  act: "key.created",
  subject: "",
  previous_hash: `h${seq - 1}`,
  hash: `hash-of-${seq}`,
});

const kPage = 1000;
const kEntries = 2500;
let asked: number[];
/** Called before each page is given. */
let gate: (page: number) => Promise<unknown>;

async function answerOf(request: Request): Promise<Response> {
  const query = new URL(request.url).searchParams;
  const newest = Number(query.get("before") ?? kEntries + 1) - 1;
  asked.push(newest);
  await gate(asked.length);
  request.signal.throwIfAborted();
  const count = Math.min(kPage, newest);
  const data = Array.from({ length: count }, (_, index) => entry(newest - index));
  return Response.json({ object: "list", data });
}

beforeEach(() => {
  asked = [];
  gate = async () => {};
  vi.stubGlobal("fetch", answerOf);
});
afterEach(() => vi.unstubAllGlobals());

const onActors = vi.fn<(actors: ReadonlySet<string>) => void>();
const show = (fits: (one: AuditEntry) => boolean) =>
  render(
    <KitProvider>
      <FoundEntries fits={fits} nameOf={(id) => id} onActors={onActors} />
    </KitProvider>,
  );
const press = (name: string) => userEvent.click(screen.getByRole("button", { name }));

test("what fits is found at the very beginning of the log, and that this was all is said", async () => {
  show(({ seq }) => seq === 2);
  expect(await screen.findByText("1 of all 2,500 entries, newest first.")).toBeTruthy();
  expect(asked).toEqual([2500, 1500, 500]);
  expect(screen.getByText("a browser without a login")).toBeTruthy();
  expect(screen.queryByRole("button")).toBeNull();
  expect([...(onActors.mock.lastCall?.[0] ?? [])].sort()).toEqual(["browser", "operator"]);
});

test("nothing of it in the whole log", async () => {
  show(() => false);
  expect(await screen.findByText("The log has no such entry.")).toBeTruthy();
  expect(asked).toHaveLength(3);
});

test("it shows how far it has looked, stops when told to, says so, and goes on from there", async () => {
  let open = () => {};
  const opened = new Promise<void>((done) => {
    open = done;
  });
  gate = (page) => (page === 2 ? opened : Promise.resolve());
  show(({ seq }) => seq === 2);
  expect(await screen.findByText("0 found in the newest 1,000 of 2,500")).toBeTruthy();
  expect(screen.getByText("40 %")).toBeTruthy();
  await press("Stop");
  expect(
    screen.getByText(/0 of the newest 1,000 entries.* 1,500 older ones were not/),
  ).toBeTruthy();
  expect(screen.getByText("None so far")).toBeTruthy();
  open();
  await press("Look further back");
  expect(await screen.findByText("1 of all 2,500 entries, newest first.")).toBeTruthy();
  expect(asked).toEqual([2500, 1500, 1500, 500]);
});

test("enough hits: the older ones wait until they are asked for", async () => {
  show(({ seq }) => seq % 2 === 0);
  expect(
    await screen.findByText(/^The newest 100 of 500 that fit, in the newest 1,000 entries/),
  ).toBeTruthy();
  expect(asked).toEqual([2500]);
  await press("Show more");
  expect(
    screen.getByText(/^The newest 200 of 500 that fit, in the newest 1,000 entries/),
  ).toBeTruthy();
  expect(asked).toEqual([2500]);
});

test("a node that does not answer at all: nothing is said of entries", async () => {
  gate = () => Promise.reject(new TypeError("no network"));
  show(() => true);
  expect((await screen.findByRole("alert")).textContent).toContain("does not answer");
  expect(screen.queryByText(/entries/)).toBeNull();
});

test("a node that does not answer is told, with what was found so far; then it goes on", async () => {
  gate = async (page) => {
    if (page === 2) throw new TypeError("no network");
  };
  show(({ seq }) => seq === 2000 || seq === 2);
  expect((await screen.findByRole("alert")).textContent).toContain("does not answer");
  expect(screen.getAllByRole("row")).toHaveLength(2);
  await press("Try again");
  expect(await screen.findByText("2 of all 2,500 entries, newest first.")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});
