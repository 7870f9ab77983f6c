import { expect, test } from "vitest";
import { type ApiError, asApiError, errorOfAnswer, errorOfFailure } from "./errors";

test("a native error keeps the node's words, code and request", () => {
  const error = errorOfAnswer(new Response(null, { status: 409 }), {
    error: { status: 409, title: "No", detail: "It runs.", code: "conflict", instance: "req1" },
  });
  expect(error).toMatchObject({
    status: 409,
    title: "No",
    detail: "It runs.",
    code: "conflict",
    requestId: "req1",
  });
});

test("an error in OpenAI's shape tells the same", () => {
  const error = errorOfAnswer(new Response(null, { status: 404 }), {
    error: {
      message: "no model x",
      type: "not_found_error",
      param: "model",
      code: "model_not_found",
      b3iq: { title: "No such model", detail: "no model x", code: "model_not_found" },
    },
  });
  expect(error).toMatchObject({ code: "model_not_found", title: "No such model", param: "model" });
  expect(error.nextStep).toMatch(/Models/);
});

test("when to come back is told in seconds", () => {
  const headers = { "retry-after-ms": "1200", "retry-after": "2" };
  const error = errorOfAnswer(new Response(null, { status: 429, headers }), null);
  expect(error.retryAfter).toBe(2);
});

test("an answer that is no error of the node still has a code", () => {
  expect(errorOfAnswer(new Response(null, { status: 502 }), "<html>").code).toBe("bad_answer");
});

test("no answer means that the node cannot be reached; an abort stays an abort", () => {
  const error = errorOfFailure(new TypeError("Failed to fetch")) as ApiError;
  expect(error.unreachable).toBe(true);
  expect(error.nextStep).toContain("b3iq-host serve");
  const abort = new DOMException("stop", "AbortError");
  expect(errorOfFailure(abort)).toBe(abort);
});

test("anything thrown can be shown", () => {
  expect(asApiError(new Error("x is undefined")).detail).toBe("x is undefined");
  expect(asApiError("odd").code).toBe("page_failed");
});
