import { expect, test } from "vitest";
import { readInline, readMarkdown } from "./markdown";

test("paragraphs, headings, rules", () => {
  expect(readMarkdown("# Title\n\nOne\ntwo\n\n---\nThree")).toEqual([
    { type: "heading", text: "Title" },
    { type: "paragraph", text: "One\ntwo" },
    { type: "rule" },
    { type: "paragraph", text: "Three" },
  ]);
});

test("a fence keeps its text as it is; one that is open goes to the end", () => {
  expect(readMarkdown("Look:\n```python\na = *1*\n\nb\n```\nend")).toEqual([
    { type: "paragraph", text: "Look:" },
    { type: "code", language: "python", text: "a = *1*\n\nb", open: false },
    { type: "paragraph", text: "end" },
  ]);
  expect(readMarkdown("```\nhalf")).toEqual([
    { type: "code", language: "", text: "half", open: true },
  ]);
});

test("lists within lists, and numbers that begin elsewhere", () => {
  const [list] = readMarkdown("3. three\n   - inner\n   - other\n4. four");
  expect(list).toMatchObject({
    type: "list",
    ordered: true,
    start: 3,
    items: [
      { text: "three", lists: [{ ordered: false, items: [{ text: "inner" }, { text: "other" }] }] },
      { text: "four", lists: [] },
    ],
  });
});

test("items with empty lines between them are one list", () => {
  const blocks = readMarkdown("- a\n\n- b\n\nend");
  expect(blocks).toHaveLength(2);
  expect(blocks[0]).toMatchObject({ items: [{ text: "a" }, { text: "b" }] });
});

test("tables and quotes", () => {
  expect(readMarkdown("| a | b |\n|---|:-:|\n| 1 | 2 |")).toEqual([
    { type: "table", head: ["a", "b"], rows: [["1", "2"]] },
  ]);
  expect(readMarkdown("> one\n> two")).toEqual([
    { type: "quote", blocks: [{ type: "paragraph", text: "one\ntwo" }] },
  ]);
});

test("bold, italic, code", () => {
  expect(readInline("a **b *c*** `d*e*`")).toMatchObject([
    { type: "text", text: "a " },
    { type: "strong" },
    { type: "text" },
    { type: "code", text: "d*e*" },
  ]);
  expect(readInline("2 * 3 * 4 and snake_case_name")).toEqual([
    { type: "text", text: "2 * 3 * 4 and snake_case_name" },
  ]);
});

test("only links to web pages become links", () => {
  expect(readInline("[a](https://b.example/c)")).toMatchObject([
    { type: "link", href: "https://b.example/c" },
  ]);
  expect(readInline("[a](javascript:alert(1))")).toEqual([
    { type: "text", text: "[a](javascript:alert(1))" },
  ]);
  expect(readInline("<img src=x onerror=alert(1)>")).toMatchObject([{ type: "text" }]);
});

test("hostile nesting stays shallow and quick", () => {
  const started = performance.now();
  readMarkdown(`${">".repeat(5000)} x`);
  readMarkdown("- ".repeat(5000));
  readInline("*".repeat(5000));
  readInline("[".repeat(5000));
  expect(performance.now() - started).toBeLessThan(5000);
});
