import type { CatalogueModel } from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import { billions, filterCatalogue, fitWithReason, goodFor } from "./catalogue_words";

const kGiB = 1024 ** 3;
const model = (id: string, rest: Partial<CatalogueModel> = {}): CatalogueModel => ({
  id,
  name: id,
  family: "Qwen3",
  kind: "chat",
  parameters: "4B",
  license: "Apache-2.0",
  license_url: "",
  quantization: "Q4_K_M",
  context_tokens: null,
  download_bytes: 2 * kGiB,
  min_ram_bytes: 4 * kGiB,
  min_vram_bytes: 0,
  status: "ready_to_install",
  files: [],
  ...rest,
});
const room = { memoryBudget: 8 * kGiB, memoryUsed: 6 * kGiB, diskFree: 10 * kGiB };

test("every verdict comes with its figures", () => {
  expect(fitWithReason(model("a"), room)).toMatchObject({
    tone: "good",
    reason: "It needs about 4.0 GiB of memory of 8.0 GiB.",
    installable: true,
  });
  expect(fitWithReason(model("a", { status: "not_now" }), room)).toMatchObject({
    tone: "warn",
    installable: true,
  });
  expect(fitWithReason(model("a", { status: "hardware_unsupported" }), room)).toMatchObject({
    tone: "bad",
    installable: false,
  });
});

test("a disk without room is told before the download", () => {
  const fit = fitWithReason(model("a"), { ...room, diskFree: kGiB });
  expect(fit).toMatchObject({ title: "Not enough disk", installable: false });
  expect(fitWithReason(model("a"), { ...room, diskFree: null }).installable).toBe(true);
});

test("what fits comes first, the smaller before the larger", () => {
  const list = [
    model("huge", { status: "hardware_unsupported" }),
    model("large", { download_bytes: 5 }),
    model("here", { status: "installed" }),
    model("small", { download_bytes: 1 }),
  ];
  const all = { search: "", kind: "all", fitting: false } as const;
  expect(filterCatalogue(list, all).map((one) => one.id)).toEqual([
    "small",
    "large",
    "here",
    "huge",
  ]);
  expect(filterCatalogue(list, { ...all, fitting: true })).toHaveLength(3);
  expect(filterCatalogue(list, { ...all, search: "qwen LARGE" })).toHaveLength(1);
  expect(filterCatalogue(list, { ...all, kind: "code" })).toEqual([]);
});

test("sizes are read from what publishers write", () => {
  expect(billions({ parameters: "0.6B" })).toBe(0.6);
  expect(billions({ parameters: "137M" })).toBeCloseTo(0.137);
  expect(billions({ parameters: "large" })).toBe(0);
  expect(goodFor(model("v", { kind: "vision" }))).toMatch(/cannot see/);
});
