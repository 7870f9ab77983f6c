// Tells when long work has ended, also to somebody who looks at another page or only listens.
import type { Backup, ModelJob } from "@b3iq/shared/api/types.ts";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { useEffect, useRef } from "react";
import { useBackups, useModelJobs } from "./data";

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

export function endOfBackup(before: Backup["state"] | undefined, now: Backup): string | null {
  if (before !== "making") return null;
  if (now.state === "done") return "The backup is made.";
  if (now.state === "failed") return "The backup failed.";
  return null;
}

export function useJobNotices(): void {
  useEnds(useModelJobs().data, endOfJob);
  useEnds(useBackups(false).data, endOfBackup);
}

function useEnds<State, Work extends { id: string; state: State }>(
  all: readonly Work[] | undefined,
  endOf: (before: State | undefined, now: Work) => string | null,
): void {
  const notify = useNotify();
  const known = useRef(new Map<string, State>());
  useEffect(() => {
    if (!all) return;
    for (const one of all) {
      const said = endOf(known.current.get(one.id), one);
      if (said) notify(said);
    }
    known.current = new Map(all.map((one) => [one.id, one.state]));
  }, [all, endOf, notify]);
}
