// A runtime's figures in words.
import type { Runtime, Status } from "@b3iq/shared/api/types.ts";
import { formatDuration, formatPercent } from "@b3iq/shared/kit/formats.ts";
import type { Tone } from "@b3iq/shared/kit/status_dot.tsx";

type StatusRow = Status["runtimes"][number];

export function runtimeState(runtime: Runtime, status: StatusRow | undefined): [Tone, string] {
  if (runtime.breaker === "open") return ["warn", "left out after failures"];
  if (runtime.state === "unreachable") return ["bad", "does not answer"];
  if (runtime.state === "loading") {
    const share = status?.load_progress;
    return ["busy", share === undefined ? "loading" : `loading, ${formatPercent(share)}`];
  }
  return runtime.calls_running > 0 ? ["good", "at work"] : ["good", "ready"];
}

/** Calls of this node, and the queue in front. */
export function loadWords(runtime: Runtime): string {
  const { calls_running: running, calls_waiting: waiting, oldest_wait_ms: oldest } = runtime;
  if (running === 0 && waiting === 0) return "idle";
  const parts = [running === 1 ? "1 call runs" : `${running} calls run`];
  if (waiting > 0) {
    parts.push(`${waiting} ${waiting === 1 ? "waits" : "wait"}`);
    parts.push(`the oldest for ${formatDuration(oldest)}`);
  }
  return parts.join(", ");
}

/** What the server says of itself, calls of others included; null: it does not tell. */
export function ownLoadWords(runtime: Runtime): string | null {
  const { running, waiting } = runtime;
  if (running === null && waiting === null) return null;
  const parts = [running === null ? null : `${running} running`, waiting && `${waiting} waiting`];
  return parts.filter(Boolean).join(", ");
}

/** Why it is left out, and until when. */
export function breakerWords(status: StatusRow | undefined): string {
  const wait = status?.retry_ms;
  const until =
    wait === undefined || wait <= 0
      ? "The next call tries it again."
      : `A call tries it again in ${formatDuration(wait)}.`;
  return `Its last calls failed one after the other, so calls go elsewhere for a while. ${until}`;
}

/** What to do about a runtime that does not answer. */
export function runtimeFix(runtime: Runtime): string {
  if (runtime.kind === "embedded")
    return "The node starts its worker again by itself. If it stays, look at `b3iq-host logs` on its machine.";
  if (runtime.kind === "ollama")
    return `Start Ollama on its machine (\`ollama serve\`), or mend the address ${runtime.base_url ?? ""}.`;
  return `Start the server, and see that ${runtime.base_url ?? "its address"} is right and takes the key it was given.`;
}

/** A runtime's own words begin in small letters and end without a stop. */
export function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
