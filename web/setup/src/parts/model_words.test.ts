import type { CatalogueModel } from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import { suggested } from "./model_words";

const gib = 1024 ** 3;
function model(id: string, ram: number, more: Partial<CatalogueModel> = {}) {
  return {
    id,
    kind: "chat",
    status: "ready_to_install",
    min_ram_bytes: ram,
    ...more,
  } as CatalogueModel;
}

test("the largest chat model that leaves room is suggested", () => {
  const all = [
    model("small", 1 * gib),
    model("middle", 3 * gib),
    model("large", 30 * gib),
    model("code", 2 * gib, { kind: "code" }),
    model("not-now", 4 * gib, { status: "not_now" }),
  ];
  expect(suggested(all, 64 * gib)?.id).toBe("middle");
  expect(suggested(all, 2 * gib)?.id).toBe("small");
  expect(suggested(all, null)).toBeNull();
});
