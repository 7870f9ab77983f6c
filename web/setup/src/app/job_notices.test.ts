import type { ModelJob } from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import { endOfJob } from "./job_notices";

const job = (state: ModelJob["state"]) => ({ kind: "install", model: "m", state }) as ModelJob;

test("the end of work that was seen is told, once", () => {
  expect(endOfJob("running", job("done"))).toBe("The install of m is done.");
  expect(endOfJob("queued", job("failed"))).toBe("The install of m failed.");
  expect(endOfJob("done", job("done"))).toBeNull();
  expect(endOfJob(undefined, job("done"))).toBeNull();
  expect(endOfJob("running", job("cancelled"))).toBeNull();
});
