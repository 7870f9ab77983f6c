// Jobs in words: what they do now, how fast, and how long it will take.
import type { ModelJob } from "@b3iq/shared/api/types.ts";
import { formatBytes, formatDuration } from "@b3iq/shared/kit/formats.ts";
import type { Tone } from "@b3iq/shared/kit/status_dot.tsx";

export function isOpen(job: ModelJob): boolean {
  return job.state === "queued" || job.state === "running";
}

export function jobTitle(job: ModelJob): string {
  const verbs: Record<ModelJob["kind"], string> = {
    install: "Install",
    pull: "Pull",
    benchmark: "Measure",
  };
  return `${verbs[job.kind]} ${job.model}`;
}

const kPhases: Record<string, string> = {
  connecting: "Connecting",
  receiving: "Downloading",
  verifying: "Comparing the checksum",
  waiting: "Waiting before it tries again",
  checking: "Reading the file",
  loading: "Loading it once, to measure its memory",
  "in parallel": "Measuring four answers at once",
};

export function phaseWords(job: ModelJob): string {
  if (job.state === "queued") return "Waits for its turn";
  const round = /^round (\d+) of (\d+)$/.exec(job.phase);
  if (round) return `Measuring, round ${round[1]} of ${round[2]}`;
  if (job.kind === "benchmark" && job.phase === "loading") return "Measuring how long it loads";
  return kPhases[job.phase] ?? (job.phase || "Beginning");
}

/** Only bytes that come in tell how far a job is; other phases have no measure. */
export function shareOf(job: ModelJob): number | null {
  if (job.state === "done") return 1;
  if (!job.total_bytes || job.phase === "loading" || job.phase === "checking") return null;
  return Math.min(1, job.done_bytes / job.total_bytes);
}

/** "1.2 GiB of 2.3 GiB · 11 MiB/s · 1 min 40 s left". */
export function progressWords(job: ModelJob, bytesPerSecond: number | null): string {
  const parts: string[] = [];
  if (job.total_bytes !== null)
    parts.push(`${formatBytes(job.done_bytes)} of ${formatBytes(job.total_bytes)}`);
  else if (job.done_bytes > 0) parts.push(formatBytes(job.done_bytes));
  if (job.state === "running" && bytesPerSecond && job.phase === "receiving") {
    parts.push(`${formatBytes(bytesPerSecond)}/s`);
    const left = (job.total_bytes ?? 0) - job.done_bytes;
    if (left > 0) parts.push(`${formatDuration((left / bytesPerSecond) * 1000)} left`);
  }
  return parts.join(" · ");
}

export function jobState(job: ModelJob): [Tone, string] {
  switch (job.state) {
    case "queued":
      return ["idle", "waits"];
    case "running":
      return ["busy", "runs"];
    case "done":
      return ["good", "done"];
    case "failed":
      return ["bad", "failed"];
    case "cancelled":
      return ["warn", "stopped"];
  }
}

/** Bytes a second over the last seconds, from what was seen. */
export class Speed {
  #seen: { at: number; bytes: number }[] = [];

  /** `at`: milliseconds. Fewer bytes than before: another part began. */
  see(at: number, bytes: number): void {
    const last = this.#seen.at(-1);
    if (last && bytes < last.bytes) this.#seen = [];
    if (last && bytes === last.bytes && at - last.at < 1000) return;
    this.#seen.push({ at, bytes });
    const kKeptMs = 10_000;
    while (this.#seen.length > 2 && at - (this.#seen[0]?.at ?? at) > kKeptMs) this.#seen.shift();
  }

  perSecond(): number | null {
    const first = this.#seen[0];
    const last = this.#seen.at(-1);
    if (!first || !last || last.at - first.at < 500) return null;
    const rate = ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
    return rate > 0 ? rate : null;
  }
}
