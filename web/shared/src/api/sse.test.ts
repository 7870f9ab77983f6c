import { expect, test } from "vitest";
import { EventParser } from "./sse";

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
