// What stands in the way of the node's work, and what to do about it.
import type {
  Disk,
  InventorySnapshot,
  Key,
  ModelJob,
  OwnerModel,
  Runtime,
} from "@b3iq/shared/api/types.ts";
import { formatBytes } from "@b3iq/shared/kit/formats.ts";
import { runtimeTitle } from "../../parts/runtime_words";

export interface Blocker {
  id: string;
  tone: "bad" | "warn";
  title: string;
  /** What is wrong and what to do; backticks mark commands. */
  detail: string;
  link?: { href: string; text: string };
}

export interface Facts {
  runtimes: readonly Runtime[];
  models: readonly OwnerModel[];
  jobs: readonly ModelJob[];
  keys: readonly Key[];
  inventory: InventorySnapshot | undefined;
  /** Until when prompts and answers are kept; null: they are not. */
  contentUntil: string | null;
}

const kLeastDisk = 2 * 1024 ** 3;
const kSoonMs = 7 * 86_400_000;

export function blockersOf(facts: Facts, now = Date.now()): Blocker[] {
  return [
    ...ofRuntimes(facts.runtimes),
    ...ofModels(facts),
    ...ofDisks(facts.inventory?.inventory.disks ?? []),
    ...(facts.inventory?.inventory.notes ?? []).map(
      (note): Blocker => ({
        id: `note-${note.text}`,
        tone: "warn",
        title: "About this machine",
        detail: note.text,
      }),
    ),
    ...ofKeys(facts.keys, now),
    ...ofContent(facts.contentUntil),
  ];
}

function ofRuntimes(runtimes: readonly Runtime[]): Blocker[] {
  const link = { href: "/runtimes", text: "Runtimes" };
  return runtimes.flatMap((runtime): Blocker[] => {
    if (runtime.state === "unreachable") {
      return [
        {
          id: `runtime-${runtime.id}`,
          tone: "bad",
          title: `${runtimeTitle(runtime)} does not answer`,
          detail: runtime.detail || "Start it, or take it out of this node.",
          link,
        },
      ];
    }
    if (runtime.breaker === "open") {
      return [
        {
          id: `breaker-${runtime.id}`,
          tone: "warn",
          title: `${runtimeTitle(runtime)} is left out after failures`,
          detail: `${runtime.detail} It is tried again by itself.`.trim(),
          link,
        },
      ];
    }
    return [];
  });
}

function ofModels({ models, runtimes, jobs }: Facts): Blocker[] {
  const link = { href: "/models", text: "Models" };
  const failed = jobs
    .filter((job) => job.state === "failed")
    .map(
      (job): Blocker => ({
        id: `job-${job.id}`,
        tone: "warn",
        title: `${job.kind === "benchmark" ? "Measuring" : "Installing"} ${job.model} failed`,
        detail: job.error?.detail ?? "Try it again.",
        link,
      }),
    );
  if (models.length > 0 || runtimes.some((runtime) => runtime.state === "loading")) return failed;
  return [
    {
      id: "no-model",
      tone: "bad",
      title: "There is no model to answer with",
      detail: "Install one, or add a runtime that has some.",
      link,
    },
    ...failed,
  ];
}

function ofDisks(disks: readonly Disk[]): Blocker[] {
  const byMount = new Map(disks.map((disk) => [disk.mount_point ?? disk.path, disk]));
  return [...byMount.values()].flatMap((disk): Blocker[] => {
    const { free_bytes: free } = disk;
    if (disk.read_only) {
      return [
        {
          id: `disk-${disk.path}`,
          tone: "bad",
          title: "The disk cannot be written to",
          detail: `The file system of ${disk.path} is read only. Mount it with write access.`,
        },
      ];
    }
    if (free === null || free >= kLeastDisk) return [];
    return [
      {
        id: `disk-${disk.path}`,
        tone: "warn",
        title: "The disk is nearly full",
        detail: `${formatBytes(free)} are free at ${disk.path}. Remove models that nobody uses.`,
        link: { href: "/models", text: "Models" },
      },
    ];
  });
}

function ofKeys(keys: readonly Key[], now: number): Blocker[] {
  const soon = keys.filter(
    (key) =>
      key.status === "active" &&
      key.expires_at !== null &&
      new Date(key.expires_at).getTime() - now < kSoonMs,
  );
  if (soon.length === 0) return [];
  const names = soon.map((key) => key.name).join(", ");
  return [
    {
      id: "keys-expire",
      tone: "warn",
      title: soon.length === 1 ? "A key expires soon" : `${soon.length} keys expire soon`,
      detail: `${names}: make a new one before the program stops working.`,
      link: { href: "/keys", text: "Keys" },
    },
  ];
}

function ofContent(until: string | null): Blocker[] {
  if (!until) return [];
  return [
    {
      id: "content",
      tone: "warn",
      title: "Prompts and answers are kept",
      detail: "The owner has turned this on for a while. It ends by itself, and with a restart.",
      link: { href: "/requests", text: "Requests" },
    },
  ];
}
