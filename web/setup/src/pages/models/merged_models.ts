// One row for each model: what the runtimes offer, and what is known of those in the node's folder.
import type { InstalledModel, LiveCall, OwnerModel } from "@b3iq/shared/api/types.ts";
import { formatNumber, formatPercent } from "@b3iq/shared/kit/formats.ts";
import type { Tone } from "@b3iq/shared/kit/status_dot.tsx";

export interface ModelRow {
  id: string;
  /** Other names that lead to it. */
  aliases: string[];
  runtimes: string[];
  capabilities: string[];
  contextTokens: number | null;
  diskBytes: number | null;
  memoryBytes: number | null;
  /** False: worked out from the file, not yet measured. */
  memoryMeasured: boolean;
  /** null: its runtime does not tell. */
  loaded: boolean | null;
  /** Of this node's folder; null: another runtime's, or the bundled one. */
  installed: InstalledModel | null;
  /** Calls that run on it now. */
  calls: LiveCall[];
}

export function mergeModels(
  models: readonly OwnerModel[],
  installed: readonly InstalledModel[],
  live: readonly LiveCall[],
): ModelRow[] {
  const own = models.filter((model) => !model.alias_of);
  const rows = own.map((model) => rowOf(model.id, model, installed, live, models));
  // Installed, but offered by no runtime: broken, or just arrived.
  const rest = installed.filter((one) => !own.some((model) => model.id === one.id));
  return [...rows, ...rest.map((one) => rowOf(one.id, null, installed, live, models))];
}

function rowOf(
  id: string,
  model: OwnerModel | null,
  installed: readonly InstalledModel[],
  live: readonly LiveCall[],
  models: readonly OwnerModel[],
): ModelRow {
  const own = installed.find((one) => one.id === id) ?? null;
  return {
    id,
    aliases: models.filter((one) => one.alias_of === id).map((one) => one.id),
    runtimes: model?.runtimes ?? [],
    capabilities: model?.capabilities ?? (own?.kind === "embedding" ? ["embeddings"] : ["chat"]),
    contextTokens:
      own?.context_tokens ?? model?.context_tokens ?? own?.trained_context_tokens ?? null,
    diskBytes: own?.bytes ?? model?.size_bytes ?? null,
    memoryBytes: own?.measured_memory_bytes ?? own?.estimated_memory_bytes ?? null,
    memoryMeasured: own?.measured_memory_bytes != null,
    loaded: own?.loaded ?? model?.loaded ?? null,
    installed: own,
    calls: live.filter((call) => call.model === id),
  };
}

export function stateOf(row: ModelRow): [Tone, string] {
  if (row.installed?.state === "loading")
    return ["busy", `loading, ${formatPercent(row.installed.load_progress)}`];
  if (row.loaded) return row.calls.length > 0 ? ["good", "at work"] : ["good", "in memory"];
  if (row.loaded === false) return ["idle", "not in memory"];
  return ["good", "ready"];
}

/** Who uses it now: "my-app, editor ×2". Accounts are names of keys, or ids where none is known. */
export function usersOf(calls: readonly LiveCall[], nameOf: (account: string) => string): string {
  const counts = new Map<string, number>();
  for (const call of calls) {
    const name = nameOf(call.account);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => (count > 1 ? `${name} ×${count}` : name)).join(", ");
}

const kCapabilities: Record<string, string> = {
  chat: "Chat",
  embeddings: "Embeddings",
  tools: "Tools",
  vision: "Images",
  audio: "Audio",
  json_schema: "JSON",
  logprobs: "",
};

/** What it can do, in words; what only programs care for is left out. */
export function capabilityWords(capabilities: readonly string[]): string[] {
  return capabilities.map((name) => kCapabilities[name] ?? name).filter(Boolean);
}

export function matches(row: ModelRow, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  return [row.id, ...row.aliases, ...row.runtimes].some((text) =>
    text.toLowerCase().includes(wanted),
  );
}

/** The node's own workers have names that say little: what was bundled, and what was installed. */
export function runtimeName(id: string): string {
  return id === "embedded" || id === "installed" ? "built-in" : id;
}

/** 3.2 billion, 319 million. */
export function parameterWords(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} billion`;
  return `${formatNumber(Math.round(count / 1e6))} million`;
}
