import { pageToken, setPageToken } from "@b3iq/shared/api/page_token.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findState, isSame, stateOfNewSession } from "./session_state";

// Answers by path: [status, body].
let answers: Record<string, [number, unknown]>;
const ada = { id: "u", name: "Ada", role: "owner" as const };

beforeEach(() => {
  setPageToken(null);
  answers = { "/setup/v1/ownership": [200, { claimed: true }] };
  vi.stubGlobal("fetch", (request: Request) => {
    const answer = answers[new URL(request.url).pathname];
    if (!answer) return Promise.reject(new TypeError("Failed to fetch"));
    return Promise.resolve(
      new Response(JSON.stringify(answer[1]), {
        status: answer[0],
        headers: { "content-type": "application/json" },
      }),
    );
  });
});
afterEach(() => vi.unstubAllGlobals());

test("nobody at a node that has an owner, or has none", async () => {
  expect(await findState(null)).toEqual({ state: "out", claimed: true, error: null });
  answers["/setup/v1/ownership"] = [200, { claimed: false }];
  expect(await findState(null)).toEqual({ state: "out", claimed: false, error: null });
});

test("a session that holds is found again, one that has ended is forgotten", async () => {
  setPageToken("page");
  answers["/setup/v1/session"] = [200, { user: ada }];
  expect(await findState(null)).toEqual({ state: "in", user: ada });
  answers["/setup/v1/session"] = [401, { error: { code: "unauthorized", detail: "over" } }];
  expect(await findState(null)).toMatchObject({ state: "out", error: { detail: "over" } });
  expect(pageToken()).toBeNull();
  // Asked again, the reason is still told; after a logout there is none.
  expect(await findState(null)).toMatchObject({ state: "out", error: { detail: "over" } });
  setPageToken(null);
  expect(await findState(null)).toMatchObject({ state: "out", error: null });
});

test("a setup session and an invitation are known again after a reload", async () => {
  const begun = { object: "session" as const, id: "s", page_token: "p", claimed: false };
  answers["/setup/v1/ownership"] = [200, { claimed: false }];
  stateOfNewSession({ ...begun, kind: "setup", user: null });
  expect(await findState(null)).toEqual({ state: "setup", claimed: false });
  stateOfNewSession({ ...begun, kind: "invitation", user: ada });
  expect(await findState(null)).toEqual({ state: "invited", user: ada });
});

test("a used address says why it opens nothing, and keeps a session that is there", async () => {
  answers["/setup/v1/setup-session"] = [401, { error: { code: "unauthorized", detail: "used" } }];
  expect(await findState("t")).toMatchObject({ state: "out", error: { detail: "used" } });
  setPageToken("page");
  answers["/setup/v1/session"] = [200, { user: ada }];
  expect(await findState("t")).toEqual({ state: "in", user: ada });
});

test("a node that does not answer is unreachable", async () => {
  answers = {};
  expect(await findState(null)).toMatchObject({ state: "unreachable" });
  expect(await findState("t")).toMatchObject({ state: "unreachable" });
});

test("another role is another state, the same answer is not", () => {
  const now = { state: "in" as const, user: ada };
  expect(isSame(now, { state: "in", user: { ...ada } })).toBe(true);
  expect(isSame(now, { state: "in", user: { ...ada, role: "viewer" } })).toBe(false);
  expect(isSame(now, { state: "out", claimed: true, error: null })).toBe(false);
});
