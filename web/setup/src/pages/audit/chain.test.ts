import type { AuditEntry } from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import { actOf, actorText, subjectText } from "./act_words";
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
  expect((await findHead("h1", pagesOf(7)))?.seq).toBe(1);
  expect((await findHead("h7", pagesOf(7)))?.seq).toBe(7);
  expect(await findHead("other", pagesOf(7))).toBeNull();
  expect(await findHead("h1", pagesOf(0))).toBeNull();
});

test("the export has every entry once, oldest first", async () => {
  const lines = (await exportText(pagesOf(5))).trim().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as AuditEntry).seq)).toEqual([1, 2, 3, 4, 5]);
});

test("acts in words, with names for ids", () => {
  const nameOf = (id: string) => (id === "user_1" ? "Ben" : id);
  const invited = { ...entry(1), act: "user.invited", subject: "user_1 viewer", actor: "user_1" };
  expect(actOf(invited).text).toBe("Invited");
  expect(subjectText(invited, nameOf)).toBe("Ben viewer");
  expect(actorText("browser", nameOf)).toBe("a browser without a login");
  expect(actorText("user_1", nameOf)).toBe("Ben");
  expect(subjectText({ ...invited, subject: "ses_01" }, nameOf)).toBe("");
  expect(actOf({ ...invited, act: "brand.new" }).text).toBe("brand.new");
});
