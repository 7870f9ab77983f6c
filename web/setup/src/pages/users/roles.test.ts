import { expect, test } from "vitest";
import { addressToSend } from "./roles";

const given = "http://127.0.0.1:8831/setup/#invite=b3iq_invite_abc";

test("an invitation keeps the node's own address where the page is on the same machine", () => {
  expect(addressToSend(given, "http://localhost:9000")).toBe(given);
});

test("a page that was opened by a network name hands that on", () => {
  expect(addressToSend(given, "https://node.example:8831")).toBe(
    "https://node.example:8831/setup/#invite=b3iq_invite_abc",
  );
});

test("an address that is not of loopback stays", () => {
  const named = "https://node.example/setup/#invite=x";
  expect(addressToSend(named, "https://192.168.1.5:8831")).toBe(named);
});
