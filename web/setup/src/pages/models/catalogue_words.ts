// What a model of the catalogue is good for, and whether it fits, with the reason.
import type { CatalogueModel } from "@b3iq/shared/api/types.ts";
import { formatBytes } from "@b3iq/shared/kit/formats.ts";
import type { Tone } from "@b3iq/shared/kit/status_dot.tsx";

export interface Room {
  memoryBudget: number;
  memoryUsed: number;
  diskFree: number | null;
}

export const kindNames: Record<CatalogueModel["kind"], string> = {
  chat: "Chat",
  code: "Code",
  vision: "Images",
  embedding: "Embeddings",
};

/** By its kind and size: rules of thumb, not a test of this model. */
export function goodFor(model: CatalogueModel): string {
  if (model.kind === "embedding") return "Search in your own texts, and finding similar ones.";
  if (model.kind === "code")
    return billions(model) < 3
      ? "Completing code while you type."
      : "Writing, explaining and mending code.";
  if (model.kind === "vision")
    return "Texts only here: the built-in runtime cannot see. Run it by Ollama or llama-server for images.";
  const size = billions(model);
  if (size < 1) return "Trying things out, sorting and tagging short texts. Quick anywhere.";
  if (size < 2.5) return "Short answers, summaries, simple rewriting. Quick without a GPU.";
  if (size < 5) return "Everyday chat, summaries and drafts. Usable without a GPU.";
  if (size < 10) return "Good all-round chat and reasoning. Better with a GPU.";
  return "The best answers of this list. Slow without a GPU.";
}

/** 4 of "4B", 0.1 of "137M"; 0 when it is not told. */
export function billions(model: Pick<CatalogueModel, "parameters">): number {
  const match = /^([\d.]+)\s*([BM])/i.exec(model.parameters);
  if (!match) return 0;
  const value = Number(match[1]);
  return match[2]?.toUpperCase() === "M" ? value / 1000 : value;
}

export interface Fit {
  tone: Tone;
  title: string;
  reason: string;
  /** Whether installing makes sense at all. */
  installable: boolean;
}

/** The node's own verdict, and the figures behind it. */
export function fitWithReason(model: CatalogueModel, room: Room | null): Fit {
  const needs = `needs about ${formatBytes(model.min_ram_bytes)} of memory`;
  const has = room ? formatBytes(room.memoryBudget) : null;
  const disk = diskShortage(model, room);
  switch (model.status) {
    case "installed":
      return { tone: "good", title: "Installed", reason: "", installable: false };
    case "hardware_unsupported":
      return {
        tone: "bad",
        title: "Too large for this machine",
        reason: `It ${needs}; ${has ? `models may use ${has} here` : "this machine has less"}.`,
        installable: false,
      };
    case "not_now":
      return {
        tone: "warn",
        title: "Fits, but not now",
        reason: room
          ? `It ${needs}; ${formatBytes(room.memoryUsed)} of ${has} are in use. A model that nobody uses makes room by itself.`
          : `It ${needs}, which other work uses now.`,
        installable: disk === null,
      };
    case "unknown":
      return {
        tone: "idle",
        title: "Fit unknown",
        reason: `It ${needs}; how much there is could not be read.`,
        installable: true,
      };
  }
  if (disk) return { tone: "warn", title: "Not enough disk", reason: disk, installable: false };
  return {
    tone: "good",
    title: "Fits this machine",
    reason: has ? `It ${needs} of ${has}.` : `It ${needs}.`,
    installable: true,
  };
}

function diskShortage(model: CatalogueModel, room: Room | null): string | null {
  if (!room || room.diskFree === null || model.download_bytes < room.diskFree) return null;
  return `The download is ${formatBytes(model.download_bytes)}; the disk has ${formatBytes(room.diskFree)} free. Remove a model, or make room.`;
}

export interface CatalogueFilter {
  search: string;
  kind: CatalogueModel["kind"] | "all";
  fitting: boolean;
}

const kOrder: CatalogueModel["status"][] = [
  "ready_to_install",
  "not_now",
  "unknown",
  "installed",
  "hardware_unsupported",
];

/** What fits comes first, the smaller before the larger. */
export function filterCatalogue(
  models: readonly CatalogueModel[],
  { search, kind, fitting }: CatalogueFilter,
): CatalogueModel[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return models
    .filter((model) => kind === "all" || model.kind === kind)
    .filter((model) => !fitting || model.status !== "hardware_unsupported")
    .filter((model) => {
      const text = `${model.id} ${model.name} ${model.family} ${model.license} ${model.parameters}`;
      return words.every((word) => text.toLowerCase().includes(word));
    })
    .sort(
      (a, b) =>
        kOrder.indexOf(a.status) - kOrder.indexOf(b.status) || a.download_bytes - b.download_bytes,
    );
}
