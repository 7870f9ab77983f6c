// The receipts of the node, a page at a time, or the one that has a hash.
import { client, ok } from "@b3iq/shared/api/client.ts";
import type { SignedReceipt } from "@b3iq/shared/verify/receipt_form.ts";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

export interface ReceiptEntry {
  seq: number;
  receipt_hash: string;
  account: string;
  receipt: SignedReceipt;
}

export const finishTexts: Record<string, string> = {
  stop: "The model ended",
  length: "Reached the token limit",
  tool_calls: "Asked for a tool",
  content_filter: "Cut by a filter",
  cancelled: "Cancelled",
  error: "Failed on the way",
};

const kPageSize = 25;

async function read(
  query: { limit: number; before?: number; receipt_hash?: string },
  signal: AbortSignal,
) {
  const list = await ok(client.GET("/v1/receipts", { params: { query }, signal }));
  return { ...list, data: list.data as unknown as ReceiptEntry[] };
}

export function useReceipts() {
  return useInfiniteQuery({
    queryKey: ["receipts"],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam, signal }) =>
      read({ limit: kPageSize, ...(pageParam ? { before: pageParam } : {}) }, signal),
    getNextPageParam: (page) => (page.has_more ? (page.next_before ?? undefined) : undefined),
  });
}

export function isReceiptHash(text: string): boolean {
  return /^0x[0-9a-f]{64}$/.test(text);
}

/** `null` data: the node has none with this hash. */
export function useReceiptOf(hash: string | null) {
  return useQuery({
    queryKey: ["receipts", "of", hash],
    queryFn: async ({ signal }) =>
      (await read({ limit: 1, receipt_hash: hash ?? "" }, signal)).data[0] ?? null,
    enabled: hash !== null && isReceiptHash(hash),
  });
}
