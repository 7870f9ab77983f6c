import type { Runtime } from "@b3iq/shared/api/types.ts";
import type { Tone } from "@b3iq/shared/kit/status_dot.tsx";

const kKinds: Record<string, string> = {
  embedded: "Built-in",
  ollama: "Ollama",
  vllm: "vLLM",
  sglang: "SGLang",
  openai: "OpenAI-compatible server",
};

const kProfiles: Record<string, string> = { "llama-server": "llama-server", lmstudio: "LM Studio" };

export function runtimeKindName(kind: string, profile?: string | null): string {
  return (profile && kProfiles[profile]) || kKinds[kind] || kind;
}

/** The node's own two: the bundled model's worker, and the host of what was installed. */
export function runtimeTitle(runtime: { id: string; kind: string }): string {
  if (runtime.id === "installed") return "Built-in, installed models";
  if (runtime.id === "embedded") return "Built-in, bundled model";
  return runtime.id;
}

export function runtimeTone(runtime: Pick<Runtime, "state" | "breaker">): [Tone, string] {
  if (runtime.breaker === "open") return ["warn", "left out after failures"];
  if (runtime.state === "ready") return ["good", "ready"];
  if (runtime.state === "loading") return ["busy", "loading"];
  return ["bad", "unreachable"];
}
