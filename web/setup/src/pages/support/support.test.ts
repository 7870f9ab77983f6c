import { expect, test } from "vitest";
import { bundleName, verifyCommand } from "./bundle_name";
import { grantCommand, sortGrants } from "./grant_words";

test("a bundle's name tells its time, and the command names the node", () => {
  const name = bundleName(new Date("2026-11-22T16:05:59Z"));
  expect(name).toBe("b3iq-support-2026-11-22-1605.tar");
  expect(verifyCommand(name, "b3n_x")).toBe(`b3iq-host support verify ${name} --node b3n_x`);
  expect(verifyCommand(name, null)).not.toContain("--node");
});

test("grants that still open something come first, then the newest", () => {
  const grant = (id: string, status: "active" | "revoked", created_at: string) => ({
    id,
    note: "",
    status,
    created_at,
    expires_at: created_at,
    revoked_at: null,
  });
  const sorted = sortGrants([
    grant("old", "revoked", "2026-01-01"),
    grant("first", "active", "2026-01-02"),
    grant("newest", "revoked", "2026-01-03"),
  ]);
  expect(sorted.map((one) => one.id)).toEqual(["first", "newest", "old"]);
});

test("no grant stands in the command", () => {
  expect(grantCommand("http://127.0.0.1:8831")).not.toMatch(/b3iq_support_\w/);
});
