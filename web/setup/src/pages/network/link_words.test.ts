import type { Enrollment } from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import { clockWords, linkState } from "./link_words";

const at = (state: Enrollment["state"]) => linkState({ state } as Enrollment);

test("a local node is well, a fault is not", () => {
  expect(at("not_enrolled")[0]).toBe("good");
  expect(at("connected")[0]).toBe("good");
  expect(at("unreachable")[0]).toBe("warn");
  for (const state of ["removed", "superseded", "not_usable"] as const) {
    expect(at(state)[0]).toBe("bad");
  }
});

test("clocks that agree are not talked about", () => {
  expect(clockWords(0)).toBe("");
  expect(clockWords(-4_999)).toBe("");
  expect(clockWords(600_000)).toContain("600 s behind");
  expect(clockWords(-600_000)).toContain("600 s ahead");
});
