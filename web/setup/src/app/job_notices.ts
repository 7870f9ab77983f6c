// Tells when long work has ended, also to somebody who looks at another page or only listens.
import type { ModelJob } from "@b3iq/shared/api/types.ts";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { useEffect, useRef } from "react";
import { useModelJobs } from "./data";

const kWork: Record<ModelJob["kind"], string> = {
  install: "The install of",
  pull: "The pull of",
  benchmark: "The measurement of",
};

/** What to say of a job that was in `before` and is in `now`; null: nothing. */
export function endOfJob(before: ModelJob["state"] | undefined, now: ModelJob): string | null {
  const worked = before === "running" || before === "queued";
  if (!worked) return null;
  if (now.state === "done") return `${kWork[now.kind]} ${now.model} is done.`;
  if (now.state === "failed") return `${kWork[now.kind]} ${now.model} failed.`;
  return null;
}

export function useJobNotices(): void {
  const notify = useNotify();
  const jobs = useModelJobs().data;
  const known = useRef(new Map<string, ModelJob["state"]>());
  useEffect(() => {
    if (!jobs) return;
    for (const job of jobs) {
      const said = endOfJob(known.current.get(job.id), job);
      if (said) notify(said);
    }
    known.current = new Map(jobs.map((job) => [job.id, job.state]));
  }, [jobs, notify]);
}
