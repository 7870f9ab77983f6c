import type { ModelJob } from "@b3iq/shared/api/types.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { ErrorNotice, withCode } from "@b3iq/shared/kit/error_notice.tsx";
import { ProgressRow } from "@b3iq/shared/kit/progress_row.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { RelativeTime } from "@b3iq/shared/kit/values.tsx";
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useRef } from "react";
import { Link } from "wouter";
import { useMay } from "../../app/session";
import { isOpen, jobState, jobTitle, phaseWords, progressWords, Speed, shareOf } from "./job_words";
import styles from "./models.module.css";
import { useModelActs } from "./use_model_acts";

/** An install, a pull or a benchmark: how far it is, why it failed, and what can be done. */
export function JobCard({ job }: { job: ModelJob }) {
  const rate = useRate(job);
  const [tone, words] = jobState(job);
  const bytes = progressWords(job, rate);
  if (isOpen(job)) {
    return (
      <Card>
        <ProgressRow
          label={jobTitle(job)}
          share={shareOf(job)}
          detail={[phaseWords(job), bytes, job.note].filter(Boolean).join(" · ")}
          actions={<JobActs job={job} />}
        />
      </Card>
    );
  }
  return (
    <Card tone={job.state === "failed" ? "bad" : "plain"}>
      <div className={styles.jobHead}>
        <div className={styles.jobName}>
          <strong>{jobTitle(job)}</strong>
          <span className={styles.soft}>
            <StatusDot tone={tone}>{words}</StatusDot> · <RelativeTime time={job.updated_at} />
            {job.state !== "done" && bytes && ` · ${bytes}`}
          </span>
        </div>
        <JobActs job={job} />
      </div>
      {job.error && (
        <p className={styles.fault}>
          {withCode(job.error.detail)} <code>{job.error.code}</code>
        </p>
      )}
    </Card>
  );
}

function JobActs({ job }: { job: ModelJob }) {
  const may = useMay("operator");
  const acts = useModelActs();
  const run = useMutation({ mutationFn: (act: () => Promise<unknown>) => act() });
  if (!may) return null;
  const button = (label: string, act: () => Promise<unknown>, main = false) => (
    <Button
      key={label}
      size="xs"
      variant={main ? "filled" : "default"}
      loading={run.isPending}
      aria-label={`${label}: ${jobTitle(job)}`}
      onClick={() => run.mutate(act)}
    >
      {label}
    </Button>
  );
  return (
    <div className={styles.acts}>
      {isOpen(job) && button("Stop", () => acts.cancelJob(job.id))}
      {(job.state === "failed" || job.state === "cancelled") &&
        button("Go on", () => acts.resumeJob(job.id), true)}
      {job.state === "done" && job.kind !== "benchmark" && (
        <Button
          size="xs"
          variant="default"
          component={Link}
          href={`/playground?model=${encodeURIComponent(job.model)}`}
        >
          Try it
        </Button>
      )}
      {!isOpen(job) &&
        button(job.state === "done" ? "Clear" : "Discard", () => acts.removeJob(job.id))}
      <ErrorNotice error={run.error} />
    </div>
  );
}

function useRate(job: ModelJob): number | null {
  const speed = useRef(new Speed());
  if (job.state === "running") speed.current.see(performance.now(), job.done_bytes);
  return speed.current.perSecond();
}
