// The chain of the audit log, read page by page.
import { client, ok } from "@b3iq/shared/api/client.ts";
import type { AuditEntry } from "@b3iq/shared/api/types.ts";

const kPage = 1000;
const kMostEntries = 200_000;

type ReadPage = (before: number | undefined) => Promise<AuditEntry[]>;

const readPage: ReadPage = async (before) => {
  const query = { limit: kPage, ...(before ? { before } : {}) };
  return (await ok(client.GET("/setup/v1/audit", { params: { query } }))).data;
};

/** Every entry, newest first; `take` returns false to stop. */
async function eachEntry(take: (entry: AuditEntry) => boolean, read: ReadPage): Promise<void> {
  let before: number | undefined;
  for (let count = 0; count < kMostEntries; ) {
    const page = await read(before);
    for (const entry of page) {
      if (!take(entry)) return;
    }
    const last = page.at(-1);
    if (!last || last.seq <= 1 || last.seq === before) return;
    before = last.seq;
    count += page.length;
  }
}

/** The entry whose hash somebody kept as the head of that time; null when the chain has none. */
export async function findHead(
  head: string,
  read: ReadPage = readPage,
): Promise<AuditEntry | null> {
  let found: AuditEntry | null = null;
  await eachEntry((entry) => {
    if (entry.hash === head) found = entry;
    return found === null;
  }, read);
  return found;
}

/** One entry a line, oldest first: as the node tells them. */
export async function exportText(read: ReadPage = readPage): Promise<string> {
  const lines: string[] = [];
  await eachEntry((entry) => {
    lines.push(JSON.stringify(entry));
    return true;
  }, read);
  return lines.reverse().join("\n").concat("\n");
}
