import { expect, test } from "vitest";
import { turnsOf } from "./request_turns";

test("messages of the OpenAI, Anthropic and Responses forms", () => {
  expect(turnsOf('{"messages":[{"role":"user","content":"Hi"}]}')).toEqual([
    { role: "user", text: "Hi" },
  ]);
  const parts =
    '{"system":"Be short","messages":[{"role":"user","content":[{"type":"text","text":"Look"},{"type":"image"}]}]}';
  expect(turnsOf(parts)).toEqual([
    { role: "system", text: "Be short" },
    { role: "user", text: "Look\n[image]" },
  ]);
  expect(turnsOf('{"instructions":"i","input":"q"}')).toEqual([
    { role: "system", text: "i" },
    { role: "prompt", text: "q" },
  ]);
});

test("a body that was cut, or of another form, is left as it is", () => {
  expect(turnsOf('{"messages":[{"ro')).toBeNull();
  expect(turnsOf('{"a":1}')).toBeNull();
  expect(turnsOf("null")).toBeNull();
});
