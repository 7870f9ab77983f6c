import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fixOf, writingSpeed } from "./request_words";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../../../..");

test("every fix is of a code that the node has", () => {
  const table = readFileSync(join(root, "src/base/error_table.def"), "utf8");
  const codes = [...table.matchAll(/B3_ERROR\(\w+, "(\w+)"/g)].map((match) => match[1]);
  const source = readFileSync(
    join(dirname(fileURLToPath(import.meta.url)), "request_words.ts"),
    "utf8",
  );
  const table2 = source.slice(
    source.indexOf("const fixes"),
    source.indexOf("export function fixOf"),
  );
  const named = [...table2.matchAll(/^ {2}(\w+): \{/gm)].map((match) => match[1]);
  expect(named.length).toBeGreaterThan(20);
  for (const code of named) expect(codes).toContain(code);
});

test("a code that nobody wrote about still says where to look", () => {
  expect(fixOf("brand_new").fix).toContain("log");
});

test("the writing's speed leaves the prompt out", () => {
  const row = { completion_tokens: 101, duration_ms: 2500, first_token_ms: 500 };
  expect(writingSpeed(row)).toBe(50);
  expect(writingSpeed({ ...row, first_token_ms: null })).toBeNull();
  expect(writingSpeed({ ...row, completion_tokens: 1 })).toBeNull();
});
