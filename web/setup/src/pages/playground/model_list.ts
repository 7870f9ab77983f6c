// The models that one can chat with, and what the page knows of each.
import type { InstalledModel, OwnerModel } from "@b3iq/shared/api/types.ts";

export interface ChatModel {
  id: string;
  /** Another name of this model; "" for a name of its own. */
  aliasOf: string;
  runtime: string;
  contextTokens: number | null;
  /** null: its runtime does not tell. */
  loaded: boolean | null;
  /** While it is being loaded: 0 to 1. */
  loadShare: number | null;
  memoryBytes: number | null;
}

export function chatModels(models: OwnerModel[], installed: InstalledModel[]): ChatModel[] {
  return models
    .filter((model) => model.capabilities.includes("chat"))
    .map((model) => {
      const own = installed.find((one) => one.id === (model.alias_of || model.id));
      return {
        id: model.id,
        aliasOf: model.alias_of,
        runtime: model.runtimes[0] ?? "",
        contextTokens: own?.context_tokens ?? model.context_tokens,
        loaded: own?.loaded ?? model.loaded,
        loadShare: own?.state === "loading" ? own.load_progress : null,
        memoryBytes: own ? (own.measured_memory_bytes ?? own.estimated_memory_bytes) : null,
      };
    });
}

/** The wished model where the node has it, else one in memory, else the first. */
export function defaultModel(models: ChatModel[], wished: string | null): ChatModel | null {
  const own = models.filter((model) => !model.aliasOf);
  return (
    models.find((model) => model.id === wished) ??
    own.find((model) => model.loaded) ??
    own[0] ??
    models[0] ??
    null
  );
}

export function optionLabel(model: ChatModel): string {
  const state =
    model.loadShare !== null ? "loading" : model.loaded === false ? "not in memory" : "";
  const alias = model.aliasOf ? `another name of ${model.aliasOf}` : "";
  const notes = [alias, state].filter(Boolean).join(", ");
  return notes ? `${model.id} — ${notes}` : model.id;
}
