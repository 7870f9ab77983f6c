// Looks for entries that fit, page after page into the past: a filter of what happens to be loaded would keep silent about the rest.
import type { AuditEntry } from "@b3iq/shared/api/types.ts";
import { useEffect, useState } from "react";
import { readPage } from "./chain";

/** As many hits are looked for at a time. */
const kHits = 100;

export interface Found {
  hits: AuditEntry[];
  actors: ReadonlySet<string>;
  /** How many entries were looked at, from the newest on. */
  looked: number;
  /** How many there are: entries are numbered from 1. */
  total: number;
  /** The oldest that was looked at. */
  before: number | undefined;
  /** The beginning of the log was reached. */
  whole: boolean;
}

const nothingYet: Found = {
  hits: [],
  actors: new Set(),
  looked: 0,
  total: 0,
  before: undefined,
  whole: false,
};

function withPage(
  found: Found,
  page: readonly AuditEntry[],
  fits: (entry: AuditEntry) => boolean,
): Found {
  const last = page.at(-1);
  return {
    hits: [...found.hits, ...page.filter(fits)],
    actors: new Set([...found.actors, ...page.map((entry) => entry.actor)]),
    looked: found.looked + page.length,
    total: found.total || (page[0]?.seq ?? 0),
    before: last?.seq ?? found.before,
    whole: !last || last.seq <= 1,
  };
}

/** Looks as long as its caller is shown. `fits` must stay the same one. */
export function useSearch(fits: (entry: AuditEntry) => boolean) {
  const [found, setFound] = useState(nothingYet);
  const [wanted, setWanted] = useState(kHits);
  const [stopped, setStopped] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const looking = !stopped && !error && !found.whole && found.hits.length < wanted;
  useEffect(() => {
    if (!looking) return;
    const leave = new AbortController();
    readPage(found.before, leave.signal).then(
      (page) => {
        if (!leave.signal.aborted) setFound(withPage(found, page, fits));
      },
      (failure) => {
        if (!leave.signal.aborted) setError(failure);
      },
    );
    return () => leave.abort();
  }, [looking, found, fits]);
  return {
    found,
    shown: found.hits.slice(0, wanted),
    looking,
    error,
    /** There is something to show or to look at still. */
    more: !found.whole || found.hits.length > wanted,
    stop: () => setStopped(true),
    /** Goes on where it stopped, or looks for the next hits. */
    goOn: () => {
      setStopped(false);
      setError(null);
      if (found.hits.length >= wanted) setWanted(wanted + kHits);
    },
  };
}
