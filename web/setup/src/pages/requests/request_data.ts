import { client, ok } from "@b3iq/shared/api/client.ts";
import type { LoggedRequest } from "@b3iq/shared/api/types.ts";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

export interface Filters {
  outcome: LoggedRequest["outcome"] | "";
  account: string;
  model: string;
}

const kPageSize = 50;
const kRefreshMs = 10_000;

/** Refreshes itself while only the newest page is shown. */
export function useRequests(filters: Filters) {
  const { outcome, account, model } = filters;
  return useInfiniteQuery({
    queryKey: ["requests", outcome, account, model],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => {
      const query = {
        limit: kPageSize,
        ...(pageParam && { before: pageParam }),
        ...(outcome && { outcome }),
        ...(account && { account }),
        ...(model && { model }),
      };
      return ok(client.GET("/setup/v1/requests", { params: { query }, signal }));
    },
    getNextPageParam: (page) => (page.has_more ? (page.next_before ?? undefined) : undefined),
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 1 ? false : kRefreshMs),
  });
}

export function useRequestLog() {
  return useQuery({
    queryKey: ["request-log"],
    queryFn: ({ signal }) => ok(client.GET("/setup/v1/request-log", { signal })),
    refetchInterval: kRefreshMs * 3,
  });
}
