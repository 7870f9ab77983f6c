import { expect, test } from "vitest";
import { accountName, nameWithHint, presentName, removedHint, toldName } from "./account_words";

const gone = "user_01KAMXQ00000000000007F3QAB";
const me = { id: "user_1", name: "Ada" };
const users = [me, { id: "user_2", name: "Ben" }];
const keys = [{ id: "key_1", name: "editor" }];

test("whoever acts has a name; one who was removed is told apart by the end of the id", () => {
  const name = (account: string) => accountName(account, { keys, users, me });
  expect(["", "operator", "user_1", "user_2", "key_1", "key_9"].map(name)).toEqual([
    "nobody known",
    "command line",
    "Ada (you)",
    "Ben",
    "editor",
    "key_9",
  ]);
  expect(name(gone)).toBe("a removed user");
  expect(removedHint(gone, name(gone))).toBe("user_…7F3QAB");
  expect(nameWithHint(gone, name(gone))).toBe("a removed user (user_…7F3QAB)");
  expect(nameWithHint("user_2", "Ben")).toBe("Ben");
});

test("who does something now was not removed", () => {
  expect(presentName("a removed user")).toBe("another user");
  expect(presentName("Ben")).toBe("Ben");
});

test("who may not know the users is not told that one was removed", () => {
  expect(accountName(gone, { keys, users: undefined, me })).toBe("another user");
});

test("the node's own name, where it has one", () => {
  expect(toldName(gone, gone)).toBe("a removed user");
  expect(toldName("user_2", "Ben")).toBe("Ben");
  expect(toldName("key_9", "key_9")).toBe("key_9");
  expect(toldName("", "")).toBe("nobody known");
  expect(toldName("user_team", "user_team")).toBe("user_team");
});
