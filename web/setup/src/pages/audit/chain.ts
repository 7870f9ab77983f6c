// The chain of the audit log, read page by page.
import { client, ok } from "@b3iq/shared/api/client.ts";
import type { AuditEntry } from "@b3iq/shared/api/types.ts";

/** The most that one answer holds. */
const kPage = 1000;
export const kMostEntries = 200_000;

type ReadPage = (before: number | undefined, signal?: AbortSignal) => Promise<AuditEntry[]>;

/** The newest entries, or those before one. */
export const readPage: ReadPage = async (before, signal) => {
  const query = { limit: kPage, ...(before ? { before } : {}) };
  return (await ok(client.GET("/setup/v1/audit", { params: { query }, signal }))).data;
};

/** Newest first; `take` returns false to stop. False when there are more entries than are read. */
async function eachEntry(
  take: (entry: AuditEntry) => boolean,
  read: ReadPage,
  most: number,
): Promise<boolean> {
  let before: number | undefined;
  for (let count = 0; count < most; ) {
    const page = await read(before);
    for (const entry of page) {
      if (!take(entry)) return true;
    }
    const last = page.at(-1);
    if (!last || last.seq <= 1 || last.seq === before) return true;
    before = last.seq;
    count += page.length;
  }
  return false;
}

export interface FoundHead {
  entry: AuditEntry | null;
  /** False: the oldest entries were not looked at. */
  whole: boolean;
}

/** The entry whose hash somebody kept as the head of that time; null when the chain has none. */
export async function findHead(
  head: string,
  read: ReadPage = readPage,
  most = kMostEntries,
): Promise<FoundHead> {
  let entry: AuditEntry | null = null;
  const take = (one: AuditEntry) => {
    if (one.hash === head) entry = one;
    return entry === null;
  };
  const whole = await eachEntry(take, read, most);
  return { entry, whole };
}

export interface Exported {
  text: string;
  /** False: the oldest entries are not in it. */
  whole: boolean;
}

/** One entry a line, oldest first: as the node tells them. */
export async function exportText(
  read: ReadPage = readPage,
  most = kMostEntries,
): Promise<Exported> {
  const lines: string[] = [];
  const take = (entry: AuditEntry) => {
    lines.push(JSON.stringify(entry));
    return true;
  };
  const whole = await eachEntry(take, read, most);
  return { text: lines.reverse().join("\n").concat("\n"), whole };
}
