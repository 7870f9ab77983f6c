import { afterEach, expect, test, vi } from "vitest";
import { EventParser, readEvents } from "./sse";

afterEach(() => vi.unstubAllGlobals());

test("events are cut out wherever the pieces end", () => {
  const text = 'event: job\ndata: {"a":1}\n\n: comment\n\ndata: x\ndata: y\n\n';
  const whole = new EventParser().push(text);
  const parser = new EventParser();
  const pieces = [...text].flatMap((letter) => parser.push(letter));
  expect(pieces).toEqual(whole);
  expect(whole).toEqual([
    { event: "job", data: '{"a":1}' },
    { event: "message", data: "x\ny" },
  ]);
});

test("carriage returns and missing blanks are fine; an event without data is none", () => {
  const parser = new EventParser();
  expect(parser.push("event:live\r\ndata:{}\r\n\r\nevent: odd\n\n")).toEqual([
    { event: "live", data: "{}" },
  ]);
  expect(parser.push("data: [DONE]\n")).toEqual([]);
  expect(parser.push("\n")).toEqual([{ event: "message", data: "[DONE]" }]);
});

test("a stream that breaks says that the node does not answer", async () => {
  const pieces = [new TextEncoder().encode("data: 1\n\n")];
  const body = new ReadableStream({
    pull(stream) {
      const piece = pieces.shift();
      if (piece) stream.enqueue(piece);
      else stream.error(new TypeError("network error"));
    },
  });
  vi.stubGlobal("fetch", async () => new Response(body));
  const read: string[] = [];
  const all = async () => {
    const { signal } = new AbortController();
    for await (const { data } of readEvents("/x", { signal })) read.push(data);
  };
  await expect(all()).rejects.toMatchObject({ code: "node_unreachable" });
  expect(read).toEqual(["1"]);
});
