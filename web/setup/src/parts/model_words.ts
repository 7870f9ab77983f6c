import type { CatalogueModel, OwnerModel } from "@b3iq/shared/api/types.ts";
import type { Tone } from "@b3iq/shared/kit/status_dot.tsx";

/** Comes with the node: very small, knows capitals and little else. */
export const kBundledModel = "b3iq-atlas-5m";

/** Whether a model of the catalogue fits this machine, in words. */
export function fitOf(status: CatalogueModel["status"]): [Tone, string] {
  switch (status) {
    case "installed":
      return ["good", "installed"];
    case "ready_to_install":
      return ["good", "fits this machine"];
    case "not_now":
      return ["warn", "fits, but not beside what uses the memory now"];
    case "hardware_unsupported":
      return ["bad", "too large for this machine"];
    default:
      return ["idle", "fit unknown"];
  }
}

/** The name of a license that SPDX has no short name for: LicenseRef-Llama-3.2-Community. */
export function licenseName(license: string): string {
  return license.startsWith("LicenseRef-") ? license.slice(11).replaceAll("-", " ") : license;
}

export function chats(model: OwnerModel): boolean {
  return model.capabilities.includes("chat");
}

/** A model of the catalogue to begin with: the largest chat model that leaves the machine room. */
export function suggested(
  catalogue: readonly CatalogueModel[],
  memoryBytes: number | null,
): CatalogueModel | null {
  // Beyond this a processor answers too slowly for a first chat.
  const kMostBytes = 5 * 1024 ** 3;
  const room = Math.min((memoryBytes ?? 0) * 0.6, kMostBytes);
  const fitting = catalogue.filter(
    (model) =>
      model.kind === "chat" && model.status === "ready_to_install" && model.min_ram_bytes <= room,
  );
  return fitting.sort((a, b) => b.min_ram_bytes - a.min_ram_bytes)[0] ?? null;
}
