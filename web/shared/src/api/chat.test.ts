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
