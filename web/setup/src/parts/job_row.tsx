import { client, ok } from "@b3iq/shared/api/client.ts";
import type { ModelJob } from "@b3iq/shared/api/types.ts";
import { ErrorNotice, withCode } from "@b3iq/shared/kit/error_notice.tsx";
import { formatBytes, formatDuration } from "@b3iq/shared/kit/formats.ts";
import { ProgressRow } from "@b3iq/shared/kit/progress_row.tsx";
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

const kStates: Record<ModelJob["state"], string> = {
  queued: "waits",
  running: "",
  done: "done",
  failed: "failed",
  cancelled: "stopped; what came so far is kept",
};

/** An install, pull or benchmark: how far it is, and stop or go on. */
export function JobRow({ job }: { job: ModelJob }) {
  const cache = useQueryClient();
  const act = useMutation({
    mutationFn: (verb: "cancel" | "resume") =>
      ok(client.POST(`/setup/v1/model-jobs/{job}/${verb}`, { params: { path: { job: job.id } } })),
    onSettled: () => cache.invalidateQueries({ queryKey: ["model-jobs"] }),
  });
  const rate = useRate(job);
  const active = job.state === "running" || job.state === "queued";
  const share = job.total_bytes ? job.done_bytes / job.total_bytes : active ? null : 0;
  const name = { install: "Install", pull: "Pull", benchmark: "Measure" }[job.kind];
  return (
    <section aria-label={`${name} ${job.model}`}>
      <ProgressRow
        label={`${name} ${job.model}`}
        share={job.state === "done" ? 1 : share}
        detail={
          <>
            {kStates[job.state] || job.phase || "begins"}
            {job.total_bytes !== null &&
              ` · ${formatBytes(job.done_bytes)} of ${formatBytes(job.total_bytes)}`}
            {active && rate && ` · ${formatBytes(rate)}/s, ${leftOf(job, rate)} left`}
            {job.note && ` · ${job.note}`}
          </>
        }
        actions={
          active ? (
            <Button
              size="xs"
              variant="default"
              loading={act.isPending}
              onClick={() => act.mutate("cancel")}
            >
              Stop
            </Button>
          ) : job.state === "done" ? null : (
            <Button size="xs" loading={act.isPending} onClick={() => act.mutate("resume")}>
              Go on
            </Button>
          )
        }
      />
      {job.error && (
        <p role="alert">
          {withCode(job.error.detail)} <code>{job.error.code}</code>
        </p>
      )}
      <ErrorNotice error={act.error} />
    </section>
  );
}

function leftOf(job: ModelJob, rate: number): string {
  return formatDuration((((job.total_bytes ?? 0) - job.done_bytes) / rate) * 1000);
}

/** Bytes a second since the job was first seen here; null until two readings differ. */
function useRate(job: ModelJob): number | null {
  const first = useRef({
    id: job.id,
    state: job.state,
    at: performance.now(),
    done: job.done_bytes,
  });
  if (first.current.id !== job.id || first.current.state !== job.state) {
    first.current = { id: job.id, state: job.state, at: performance.now(), done: job.done_bytes };
  }
  const bytes = job.done_bytes - first.current.done;
  const seconds = (performance.now() - first.current.at) / 1000;
  return bytes > 0 && seconds > 1 ? bytes / seconds : null;
}
