// The steps of the first run, and which of them is next by what the node has.
import type { Key, ModelJob } from "@b3iq/shared/api/types.ts";

export type StepName = "claim" | "hardware" | "runtime" | "model" | "key" | "chat";

export const steps: { name: StepName; title: string }[] = [
  { name: "claim", title: "Claim" },
  { name: "hardware", title: "Hardware" },
  { name: "runtime", title: "Runtime" },
  { name: "model", title: "Model" },
  { name: "key", title: "Key" },
  { name: "chat", title: "First chat" },
];

export function stepPath(name: StepName): string {
  return `/start?step=${name}`;
}

export function isStep(name: string | null): name is Exclude<StepName, "claim"> {
  return steps.some((step) => step.name === name && name !== "claim");
}

export interface NodeState {
  installed: number;
  /** Runtimes that the owner has added. */
  added: number;
  jobs: ModelJob[];
  keys: Key[];
  /** Requests that were ever answered. */
  requests: number;
}

/** The step to go on with; null: all is done. */
export function nextStep(node: NodeState): StepName | null {
  const hasKey = node.keys.some((key) => key.status === "active");
  if (hasKey && node.requests > 0) return null;
  if (node.jobs.some((job) => job.state === "running" || job.state === "queued")) return "model";
  if (hasKey) return "chat";
  if (node.requests > 0 || node.installed > 0 || node.added > 0) return "key";
  return "hardware";
}
