// The page's half of a session (docs/adr/0013): the only thing that is kept in the browser. It opens
// nothing without the HttpOnly cookie. Other tabs of this origin share it.

import type { ApiError } from "./errors";

const kName = "b3iq_page_token";

type Listener = () => void;
const listeners = new Set<Listener>();

export function pageToken(): string | null {
  return localStorage.getItem(kName);
}

let ended: ApiError | null = null;

/** Why the node ended the last session of this tab; null where nobody needs to be told. */
export function whyEnded(): ApiError | null {
  return ended;
}

/** `why`: what the node said when it took the token no more. */
export function setPageToken(token: string | null, why: ApiError | null = null): void {
  ended = why;
  if (token === null) localStorage.removeItem(kName);
  else localStorage.setItem(kName, token);
  for (const listener of listeners) listener();
}

/** Calls `listener` when the token changes, here or in another tab. */
export function onPageToken(listener: Listener): () => void {
  const onStorage = (event: StorageEvent) => {
    if (event.key === kName || event.key === null) listener();
  };
  listeners.add(listener);
  window.addEventListener("storage", onStorage);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", onStorage);
  };
}
