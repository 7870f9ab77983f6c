import { expect, test } from "vitest";
import { draftOf, kEmptyDraft, specOf } from "./key_draft";
import { presets } from "./key_rules";

test("what is left open is not asked for", () => {
  expect(specOf({ ...kEmptyDraft, name: " app " })).toEqual({
    name: "app",
    scopes: ["chat", "models"],
  });
});

test("each preset comes out as it went in", () => {
  for (const { spec } of presets) {
    expect(specOf({ ...draftOf(spec), name: "x" })).toEqual({ name: "x", ...spec });
  }
});

test("a key that cannot chat gets no limits, and one for chosen models only these", () => {
  const limited = { ...kEmptyDraft, name: "x", budget_tokens: 5, models: ["m"], allModels: false };
  expect(specOf({ ...limited, scopes: ["metrics"] })).toEqual({ name: "x", scopes: ["metrics"] });
  expect(specOf(limited)).toMatchObject({ models: ["m"], budget_period: "month" });
  expect(specOf({ ...limited, allModels: true }).models).toBeUndefined();
});
