// One event stream for the whole page, while somebody looks at it. Where the node gives none, slow
// polling stands in. An idle page costs the node one connection and a comment line now and then.
import { ApiError } from "@b3iq/shared/api/errors.ts";
import { readEvents } from "@b3iq/shared/api/sse.ts";
import { useEffect, useSyncExternalStore } from "react";
import { applyEvent, refreshAll } from "./event_cache";
import { queryClient } from "./queries";
import { useSession } from "./session";

/** "lost": the node does not answer. */
export type Connection = "live" | "polling" | "lost";

const kPollMs = 10_000;
const kAgainMs = 3_000;
/** A page that is hidden for less keeps its stream. */
const kHiddenMs = 20_000;

let connection: Connection = "live";
const listeners = new Set<() => void>();

function setConnection(next: Connection): void {
  if (next === connection) return;
  connection = next;
  for (const listener of listeners) listener();
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
  );
}

/** Follows the node's events as long as the caller is shown. */
export function useNodeEvents(): void {
  const { refresh } = useSession();
  useEffect(() => {
    const stop = new AbortController();
    follow(stop.signal, refresh);
    return () => stop.abort();
  }, [refresh]);
}

async function follow(stop: AbortSignal, askSession: () => Promise<void>): Promise<void> {
  let first = true;
  while (!stop.aborted) {
    await visible(stop);
    if (stop.aborted) return;
    // What happened between two streams is read again: first who is here, as the node ends the
    // stream of somebody who gets another role.
    if (!first) {
      await askSession();
      if (stop.aborted) return;
      refreshAll(queryClient);
    }
    first = false;
    const wait = await stream(stop);
    if (wait > 0) await pause(wait, stop);
  }
}

/** Reads one stream to its end. Returns how long to wait before the next, in milliseconds. */
async function stream(stop: AbortSignal): Promise<number> {
  const hidden = new AbortController();
  const unwatch = onLongHidden(() => hidden.abort());
  try {
    const signal = AbortSignal.any([stop, hidden.signal]);
    for await (const event of readEvents("/setup/v1/events", { signal })) {
      setConnection("live");
      applyEvent(queryClient, event);
    }
    return kAgainMs;
  } catch (failure) {
    if (stop.aborted || hidden.signal.aborted) return 0;
    setConnection(failure instanceof ApiError && failure.status > 0 ? "polling" : "lost");
    return connection === "lost" ? kAgainMs : kPollMs;
  } finally {
    unwatch();
  }
}

function onLongHidden(act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const change = () => {
    clearTimeout(timer);
    if (document.visibilityState === "hidden") timer = setTimeout(act, kHiddenMs);
  };
  document.addEventListener("visibilitychange", change);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", change);
  };
}

function visible(stop: AbortSignal): Promise<void> {
  if (document.visibilityState === "visible") return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      if (document.visibilityState !== "visible" && !stop.aborted) return;
      document.removeEventListener("visibilitychange", done);
      resolve();
    };
    document.addEventListener("visibilitychange", done);
    stop.addEventListener("abort", done, { once: true });
  });
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
