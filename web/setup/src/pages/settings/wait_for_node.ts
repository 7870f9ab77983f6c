// Waits until a node that was told to start again has done so.

export type Health = "ok" | "draining" | "down";

export interface Watch {
  health: () => Promise<Health>;
  /** When the process that answers was started; null where it does not tell. */
  startedAt: () => Promise<string | null>;
  /** Of the process that is to end. */
  before: string | null;
  onState: (state: Health) => void;
  timeoutMs: number;
  pause: () => Promise<void>;
  now: () => number;
}

/** What the node says of itself; one that drains says it with a 503. */
export async function healthOf(): Promise<Health> {
  try {
    const answer = await fetch("/health", { cache: "no-store" });
    const { status } = (await answer.json()) as { status: string };
    if (status === "draining") return "draining";
    return answer.ok ? "ok" : "down";
  } catch {
    return "down";
  }
}

/** True when another process answers; false when none did in time. */
export async function waitForNode(watch: Watch): Promise<boolean> {
  const end = watch.now() + watch.timeoutMs;
  let left = false;
  while (watch.now() < end) {
    const health = await watch.health();
    watch.onState(health);
    if (health === "ok") {
      if (left || (await isAnother(watch))) return true;
    } else {
      left = true;
    }
    await watch.pause();
  }
  return false;
}

/** A start can be so quick that nobody sees the node away. */
async function isAnother(watch: Watch): Promise<boolean> {
  if (watch.before === null) return false;
  const startedAt = await watch.startedAt();
  return startedAt !== null && startedAt !== watch.before;
}
