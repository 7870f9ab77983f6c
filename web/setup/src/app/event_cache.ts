// Puts the node's events into what the pages have read.

import type { ServerEvent } from "@b3iq/shared/api/sse.ts";
import type { Backup, LiveCall, ModelJob, Runtime } from "@b3iq/shared/api/types.ts";
import type { QueryClient } from "@tanstack/react-query";

interface StatusEvent {
  runtimes: { id: string; state: Runtime["state"]; load_progress?: number }[];
  models_changed?: boolean;
}

const kOfModels = [
  "models",
  "installed-models",
  "catalogue",
  "model-profiles",
  "status",
  "runtimes",
];

export function applyEvent(cache: QueryClient, { event, data }: ServerEvent): void {
  const value = JSON.parse(data);
  if (event === "job") applyJob(cache, value);
  if (event === "job_removed") removeJob(cache, value.id);
  if (event === "backup") applyBackup(cache, value);
  if (event === "backup_removed") removeBackup(cache, value.id);
  if (event === "live") cache.setQueryData(["live"], (value as { data: LiveCall[] }).data);
  if (event === "enrollment") cache.invalidateQueries({ queryKey: ["enrollment"] });
  if (event === "status") applyStatus(cache, value);
}

/** What the stream keeps fresh, read anew: after a gap, and where there is no stream. */
export function refreshAll(cache: QueryClient): void {
  for (const name of ["live", "model-jobs", "backups", "enrollment", ...kOfModels]) {
    cache.invalidateQueries({ queryKey: [name] });
  }
}

function refreshModels(cache: QueryClient): void {
  for (const name of kOfModels) cache.invalidateQueries({ queryKey: [name] });
}

function applyJob(cache: QueryClient, job: ModelJob): void {
  let before: ModelJob | undefined;
  cache.setQueryData<ModelJob[]>(["model-jobs"], (jobs) => {
    if (!jobs) return jobs;
    before = jobs.find((one) => one.id === job.id);
    return before ? jobs.map((one) => (one.id === job.id ? job : one)) : [job, ...jobs];
  });
  if (job.state === "done" && before?.state !== "done") refreshModels(cache);
}

function removeJob(cache: QueryClient, id: string): void {
  cache.setQueryData<ModelJob[]>(["model-jobs"], (jobs) => jobs?.filter((job) => job.id !== id));
}

function applyBackup(cache: QueryClient, backup: Backup): void {
  cache.setQueryData<Backup[]>(["backups"], (backups) => {
    if (!backups) return backups;
    const known = backups.some((one) => one.id === backup.id);
    return known
      ? backups.map((one) => (one.id === backup.id ? backup : one))
      : [backup, ...backups];
  });
  // A list that is on its way may be of the moment before the end, and would bring that back.
  if (backup.state !== "making") cache.invalidateQueries({ queryKey: ["backups"] });
}

function removeBackup(cache: QueryClient, id: string): void {
  cache.setQueryData<Backup[]>(["backups"], (backups) => backups?.filter((one) => one.id !== id));
}

function applyStatus(cache: QueryClient, status: StatusEvent): void {
  let changed = false;
  cache.setQueryData<Runtime[]>(["runtimes"], (runtimes) =>
    runtimes?.map((runtime) => {
      const now = status.runtimes.find((one) => one.id === runtime.id);
      if (!now || now.state === runtime.state) return runtime;
      changed = true;
      return { ...runtime, state: now.state };
    }),
  );
  if (status.models_changed) refreshModels(cache);
  else if (changed) {
    // The state shows at once; what goes with it (detail, breaker, counts) is read anew.
    for (const name of ["runtimes", "status"]) cache.invalidateQueries({ queryKey: [name] });
  }
}
