import type { Backup, ModelJob } from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import { endOfBackup, endOfJob } from "./job_notices";

const job = (state: ModelJob["state"]) => ({ kind: "install", model: "m", state }) as ModelJob;

test("the end of work that was seen is told, once", () => {
  expect(endOfJob("running", job("done"))).toBe("The install of m is done.");
  expect(endOfJob("queued", job("failed"))).toBe("The install of m failed.");
  expect(endOfJob("done", job("done"))).toBeNull();
  expect(endOfJob(undefined, job("done"))).toBeNull();
  expect(endOfJob("running", job("cancelled"))).toBeNull();
});

test("the end of a backup is told, but not of one that was cancelled by hand", () => {
  const backup = (state: Backup["state"]) => ({ id: "b", state }) as Backup;
  expect(endOfBackup("making", backup("done"))).toBe("The backup is made.");
  expect(endOfBackup("making", backup("failed"))).toBe("The backup failed.");
  expect(endOfBackup("making", backup("cancelled"))).toBeNull();
  expect(endOfBackup("making", backup("making"))).toBeNull();
  expect(endOfBackup(undefined, backup("done"))).toBeNull();
});
