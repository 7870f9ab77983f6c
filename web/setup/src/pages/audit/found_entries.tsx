import type { AuditEntry } from "@b3iq/shared/api/types.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { formatNumber } from "@b3iq/shared/kit/formats.ts";
import { Loading } from "@b3iq/shared/kit/loading.tsx";
import { ProgressRow } from "@b3iq/shared/kit/progress_row.tsx";
import { Button } from "@mantine/core";
import { useEffect } from "react";
import { readUsersAnew } from "../../parts/accounts";
import styles from "./audit.module.css";
import { EntryList } from "./entry_list";
import { type Found, useSearch } from "./search";

/** The entries that fit, however far back they are. */
export function FoundEntries({
  fits,
  nameOf,
  onActors,
}: {
  /** Must stay the same one. */
  fits: (entry: AuditEntry) => boolean;
  nameOf: (id: string) => string;
  /** Told who acted in the entries that were looked at. Must stay the same one. */
  onActors: (actors: ReadonlySet<string>) => void;
}) {
  const { found, shown, looking, error, more, stop, goOn } = useSearch(fits);
  useEffect(readUsersAnew, []);
  useEffect(() => onActors(found.actors), [found.actors, onActors]);
  if (found.looked === 0 && looking) return <Loading />;
  if (found.looked === 0 && error) return <ErrorNotice error={error} onRetry={goOn} />;
  return (
    <>
      <p className={styles.found} role="status">
        {looking ? "" : resultOf(found, shown.length)}
      </p>
      {looking && (
        <Card>
          <ProgressRow
            label="Looking through older entries"
            share={found.looked / found.total}
            detail={`${formatNumber(found.hits.length)} found in the newest ${formatNumber(found.looked)} of ${formatNumber(found.total)}`}
            actions={
              <Button variant="default" size="xs" onClick={stop}>
                Stop
              </Button>
            }
          />
        </Card>
      )}
      {shown.length > 0 && <EntryList entries={shown} nameOf={nameOf} />}
      {shown.length === 0 && !looking && !error && (
        <EmptyState title={found.whole ? "None of these" : "None so far"}>
          {found.whole
            ? "The log has no such entry."
            : "What was looked at has no such entry. Older ones may be such."}
        </EmptyState>
      )}
      <ErrorNotice error={error} onRetry={goOn} />
      {more && !looking && !error && (
        <div>
          <Button variant="default" onClick={goOn}>
            {shown.length < found.hits.length ? "Show more" : "Look further back"}
          </Button>
        </div>
      )}
    </>
  );
}

/** How much is shown, and how far it was looked. */
function resultOf({ hits, looked, total, whole }: Found, shown: number): string {
  const where = `${whole ? "all" : "the newest"} ${formatNumber(looked)} entries`;
  const count =
    shown < hits.length
      ? `The newest ${formatNumber(shown)} of ${formatNumber(hits.length)} that fit, in ${where}.`
      : `${formatNumber(shown)} of ${where}, newest first.`;
  return whole ? count : `${count} ${formatNumber(total - looked)} older ones were not looked at.`;
}
