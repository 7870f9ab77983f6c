import { expect, test } from "vitest";
import { appSnippets, codeSnippets, isLoopback, shellWord } from "./snippets";

const place = { origin: "https://node.example:8831", model: 'it\'s "big"' };
const all = [...codeSnippets(place), ...appSnippets(place)];

test("every snippet names the node's real address", () => {
  for (const snippet of all) {
    const text = snippet.blocks.map((block) => block.text).join("\n");
    expect(text, snippet.id).toContain("https://node.example:8831");
  }
});

test("no snippet holds a key", () => {
  for (const snippet of all)
    for (const block of snippet.blocks) expect(block.text).not.toMatch(/b3iq_local_\w/);
});

test("a model's name cannot end a string or a shell word", () => {
  const python = codeSnippets(place).find((one) => one.id === "python");
  expect(python?.blocks[1]?.text).toContain('model="it\'s \\"big\\""');
  const curl = codeSnippets(place).find((one) => one.id === "curl");
  expect(curl?.blocks[0]?.text).toContain("it'\\''s");
  expect(shellWord("a b'c")).toBe("'a b'\\''c'");
  expect(shellWord("llama3.2:1b")).toBe("llama3.2:1b");
});

test("clients of Anthropic and Ollama get the address without /v1", () => {
  for (const id of ["anthropic", "ollama"]) {
    const snippet = codeSnippets(place).find((one) => one.id === id);
    for (const block of snippet?.blocks ?? []) expect(block.text).not.toContain("8831/v1");
  }
});

test("loopback addresses are known", () => {
  expect(isLoopback("http://127.0.0.1:8831")).toBe(true);
  expect(isLoopback("http://[::1]:8831")).toBe(true);
  expect(isLoopback("http://192.168.1.5:8831")).toBe(false);
});
