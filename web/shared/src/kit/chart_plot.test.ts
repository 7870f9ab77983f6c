import { expect, test, vi } from "vitest";

// It measures text on a canvas, which this test's browser does not have.
vi.mock("uplot", () => ({ default: class {} }));

test("stacked bars end where the next begins, the tallest drawn first", async () => {
  const { stacked } = await import("./chart_plot");
  const drawn = stacked([
    { name: "a", values: [1, 2] },
    { name: "b", values: [3, null] },
  ]);
  expect(drawn).toEqual([
    { name: "b", values: [4, 2], colour: 1 },
    { name: "a", values: [1, 2], colour: 0 },
  ]);
});
