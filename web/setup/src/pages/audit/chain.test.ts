import type { AuditEntry } from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import { actOf, actorText, subjectWords } from "./act_words";
import { exportText, findHead } from "./chain";

const entry = (seq: number): AuditEntry => ({
  seq,
  at: "2026-11-22T15:00:00.000Z",
  at_ms: 0,
  actor: "operator",
  act: "key.created",
  subject: `key_${seq}`,
  previous_hash: `h${seq - 1}`,
  hash: `h${seq}`,
});

/** A log of `count` entries, two a page. */
const pagesOf = (count: number) => async (before: number | undefined) =>
  Array.from({ length: count }, (_, index) => entry(count - index))
    .filter(({ seq }) => before === undefined || seq < before)
    .slice(0, 2);

test("a kept head is found however far back it is", async () => {
  expect((await findHead("h1", pagesOf(7))).entry?.seq).toBe(1);
  expect((await findHead("h7", pagesOf(7))).entry?.seq).toBe(7);
  expect(await findHead("other", pagesOf(7))).toEqual({ entry: null, whole: true });
  expect(await findHead("h1", pagesOf(0))).toEqual({ entry: null, whole: true });
});

test("the export has every entry once, oldest first", async () => {
  const { text, whole } = await exportText(pagesOf(5));
  const lines = text.trim().split("\n");
  expect(whole).toBe(true);
  expect(lines.map((line) => (JSON.parse(line) as AuditEntry).seq)).toEqual([1, 2, 3, 4, 5]);
});

test("a log that is longer than what is read says so: no false alarm, no silent half", async () => {
  expect(await findHead("h1", pagesOf(7), 4)).toEqual({ entry: null, whole: false });
  expect((await findHead("h5", pagesOf(7), 4)).entry?.seq).toBe(5);
  const { text, whole } = await exportText(pagesOf(7), 4);
  expect([text.trim().split("\n").length, whole]).toEqual([4, false]);
});

test("acts in words, with names for ids", () => {
  const nameOf = (id: string) => (id === "user_1" ? "Ben" : id);
  const invited = { ...entry(1), act: "user.invited", subject: "user_1 viewer", actor: "user_1" };
  expect(actOf(invited).text).toBe("Invited");
  const textOf = (one: AuditEntry) =>
    subjectWords(one, nameOf)
      .map(({ text }) => text)
      .join(" ");
  expect(textOf(invited)).toBe("Ben viewer");
  expect(actorText("browser", nameOf)).toBe("a browser without a login");
  expect(actorText("user_1", nameOf)).toBe("Ben");
  expect(textOf({ ...invited, subject: "ses_01" })).toBe("");
  expect(actOf({ ...invited, act: "brand.new" }).text).toBe("brand.new");
});
