import { expect, test } from "vitest";
import { freeRuntimeId } from "./runtime_id";

test("a new runtime gets a name that nobody has", () => {
  expect(freeRuntimeId("ollama", [])).toBe("ollama");
  expect(freeRuntimeId("ollama", [{ id: "ollama" }, { id: "ollama-2" }])).toBe("ollama-3");
  expect(freeRuntimeId("My server!", [])).toBe("my-server");
  expect(freeRuntimeId("…", [])).toBe("runtime");
});
