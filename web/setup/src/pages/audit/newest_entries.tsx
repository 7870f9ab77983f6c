import { client, ok } from "@b3iq/shared/api/client.ts";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { formatNumber } from "@b3iq/shared/kit/formats.ts";
import { Loading } from "@b3iq/shared/kit/loading.tsx";
import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { readUsersAnew } from "../../parts/accounts";
import styles from "./audit.module.css";
import { EntryList } from "./entry_list";

const kPageSize = 100;

export function useNewest() {
  return useInfiniteQuery({
    queryKey: ["audit"],
    initialPageParam: undefined as number | undefined,
    queryFn: async ({ pageParam, signal }) => {
      if (!pageParam) readUsersAnew();
      const query = { limit: kPageSize, ...(pageParam && { before: pageParam }) };
      return (await ok(client.GET("/setup/v1/audit", { params: { query }, signal }))).data;
    },
    getNextPageParam: (page) => {
      const last = page.at(-1);
      return page.length === kPageSize && last && last.seq > 1 ? last.seq : undefined;
    },
  });
}

/** All entries, a page at a time. */
export function NewestEntries({
  audit,
  nameOf,
}: {
  audit: ReturnType<typeof useNewest>;
  nameOf: (id: string) => string;
}) {
  if (audit.data === undefined) {
    return audit.error ? <ErrorNotice error={audit.error} onRetry={audit.refetch} /> : <Loading />;
  }
  const entries = audit.data.pages.flat();
  const loaded = formatNumber(entries.length);
  return (
    <>
      <ErrorNotice error={audit.error} onRetry={audit.refetch} />
      {entries.length > 0 ? (
        <>
          <p className={styles.found}>
            Newest first: {audit.hasNextPage ? `the newest ${loaded}` : `all ${loaded}`}.
          </p>
          <EntryList entries={entries} nameOf={nameOf} />
        </>
      ) : (
        <EmptyState title="Nothing yet">
          The first act, such as a claim or a new key, begins the log.
        </EmptyState>
      )}
      {audit.hasNextPage && (
        <div>
          <Button
            variant="default"
            loading={audit.isFetchingNextPage}
            onClick={() => audit.fetchNextPage()}
          >
            Show older
          </Button>
        </div>
      )}
    </>
  );
}
