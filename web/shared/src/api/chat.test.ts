import { afterEach, expect, test, vi } from "vitest";
import { streamChat } from "./chat";

function streamOf(...chunks: object[]) {
  const lines = [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"];
  const body = lines.map((line) => `data: ${line}\n\n`).join("");
  vi.stubGlobal("fetch", () =>
    Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } })),
  );
}
afterEach(() => vi.unstubAllGlobals());

const chat = (onText: (text: string) => void) =>
  streamChat({
    model: "m",
    messages: [{ role: "user", content: "hi" }],
    signal: new AbortController().signal,
    onText,
  });

test("the answer comes piece by piece, with its figures at the end", async () => {
  streamOf(
    { choices: [{ delta: { content: "Hel" } }] },
    { choices: [{ delta: { content: "lo" }, finish_reason: "stop" }] },
    {
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 2 },
      b3iq: { receipt_hash: "sha256:1" },
    },
  );
  const pieces: string[] = [];
  const end = await chat((text) => pieces.push(text));
  expect(pieces).toEqual(["Hel", "lo"]);
  expect(end).toMatchObject({
    finishReason: "stop",
    promptTokens: 3,
    completionTokens: 2,
    receiptHash: "sha256:1",
  });
});

test("an error in mid-stream is an ApiError", async () => {
  streamOf({ choices: [{ delta: { content: "Hel" } }] }, { error: { code: "runtime_failed" } });
  await expect(chat(() => {})).rejects.toMatchObject({ code: "runtime_failed" });
});

test("an answer that breaks in its midst says so, one that never began that nobody answers", async () => {
  const start = new TextEncoder().encode('data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n');
  for (const [pieces, code] of [
    [[start], "answer_broken_off"],
    [[], "node_unreachable"],
  ] as const) {
    const left = [...pieces];
    const body = new ReadableStream({
      pull(stream) {
        const piece = left.shift();
        if (piece) stream.enqueue(piece);
        else stream.error(new TypeError("network error"));
      },
    });
    vi.stubGlobal("fetch", async () => new Response(body));
    await expect(chat(() => {})).rejects.toMatchObject({ code });
  }
});
