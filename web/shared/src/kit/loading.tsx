import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorNotice } from "./error_notice";
import styles from "./loading.module.css";

/** A line in place of what is on its way. */
export function Loading({ what = "Loading…" }: { what?: string }) {
  return (
    <p className={styles.loading} role="status">
      {what}
    </p>
  );
}

/** What a query has read. A later failure is shown above data that is still there. */
export function Loaded<T>({
  query,
  children,
}: {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
}) {
  const { data, error, refetch } = query;
  if (data === undefined) {
    return error ? <ErrorNotice error={error} onRetry={refetch} /> : <Loading />;
  }
  return (
    <>
      <ErrorNotice error={error} onRetry={refetch} />
      {children(data)}
    </>
  );
}
