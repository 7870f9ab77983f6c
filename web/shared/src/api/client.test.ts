import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { nodeFetch, onRoleDenied } from "./client";
import { ApiError } from "./errors";
import { pageToken, setPageToken, whyEnded } from "./page_token";

const fetched = vi.fn<(request: Request) => Promise<Response>>();
const url = "http://localhost:3000/setup/v1/status";

beforeEach(() => {
  vi.stubGlobal("fetch", fetched);
  setPageToken("page");
});
afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockReset();
});

function answer(status: number, code = "") {
  fetched.mockResolvedValue(
    new Response(JSON.stringify({ error: { code, title: "", detail: "" } }), { status }),
  );
}

test("every call carries the page's half of the session", async () => {
  answer(200);
  await nodeFetch(url);
  expect(fetched.mock.calls[0]?.[0].headers.get("x-b3iq-session")).toBe("page");
});

test("without a session there is no header", async () => {
  setPageToken(null);
  answer(200);
  await nodeFetch(url);
  expect(fetched.mock.calls[0]?.[0].headers.has("x-b3iq-session")).toBe(false);
});

test("a session that the node has ended is forgotten", async () => {
  answer(401, "unauthorized");
  await expect(nodeFetch(url)).rejects.toBeInstanceOf(ApiError);
  expect(pageToken()).toBeNull();
  expect(whyEnded()?.code).toBe("unauthorized");
  setPageToken("next");
  expect(whyEnded()).toBeNull();
});

test("a denied role is told to those who ask", async () => {
  const listener = vi.fn();
  const stop = onRoleDenied(listener);
  answer(403, "role_denied");
  await expect(nodeFetch(url)).rejects.toThrow();
  expect(listener).toHaveBeenCalledTimes(1);
  stop();
  await expect(nodeFetch(url)).rejects.toThrow();
  expect(listener).toHaveBeenCalledTimes(1);
});

test("a wrong password ends no session, a denied role neither", async () => {
  answer(401, "unauthorized");
  await expect(nodeFetch("http://localhost:3000/setup/v1/login")).rejects.toThrow();
  expect(pageToken()).toBe("page");
  answer(403, "role_denied");
  await expect(nodeFetch(url)).rejects.toThrow();
  expect(pageToken()).toBe("page");
});

test("a token that a control plane refuses ends no session", async () => {
  answer(401, "enrollment_token_invalid");
  await expect(nodeFetch(url)).rejects.toMatchObject({ code: "enrollment_token_invalid" });
  expect(pageToken()).toBe("page");
});

test("a node that does not answer has its own code", async () => {
  fetched.mockRejectedValue(new TypeError("Failed to fetch"));
  await expect(nodeFetch(url)).rejects.toMatchObject({ code: "node_unreachable" });
  expect(pageToken()).toBe("page");
});
