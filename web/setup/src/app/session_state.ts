// Who is at this page, worked out from the address's token, the page token and the node.
import { client, ok } from "@b3iq/shared/api/client.ts";
import { ApiError, asApiError } from "@b3iq/shared/api/errors.ts";
import { pageToken, setPageToken, whyEnded } from "@b3iq/shared/api/page_token.ts";
import type { Session, UserName } from "@b3iq/shared/api/types.ts";

export type SessionState =
  | { state: "starting" }
  | { state: "unreachable"; error: ApiError }
  /** Nobody. `error`: why the token of the address opened no session, or why the last one ended. */
  | { state: "out"; claimed: boolean; error: ApiError | null }
  /** A setup token was swapped: the node can be claimed, or a lost password set anew. */
  | { state: "setup"; claimed: boolean }
  | { state: "invited"; user: UserName | null }
  | { state: "in"; user: UserName };

// What the page token is for, so that a reload knows it. Says nothing that is secret.
const kKindName = "b3iq_session_kind";

interface StoredKind {
  kind: Session["kind"];
  /** Who is invited. */
  user: UserName | null;
}

function storedKind(): StoredKind {
  try {
    const stored = JSON.parse(localStorage.getItem(kKindName) ?? "null") as StoredKind | null;
    return stored?.kind ? stored : { kind: "user", user: null };
  } catch {
    return { kind: "user", user: null };
  }
}

/** Keeps the page's half of a session that has just begun. */
export function stateOfNewSession(session: Session): SessionState {
  const { kind, user, claimed } = session;
  const stored: StoredKind = { kind, user: kind === "invitation" ? user : null };
  localStorage.setItem(kKindName, JSON.stringify(stored));
  setPageToken(session.page_token);
  if (kind === "setup") return { state: "setup", claimed };
  if (kind === "invitation") return { state: "invited", user };
  return user ? { state: "in", user } : { state: "out", claimed, error: null };
}

async function isClaimed(): Promise<boolean> {
  return (await ok(client.GET("/setup/v1/ownership"))).claimed;
}

async function stateOfToken(token: string): Promise<SessionState> {
  try {
    stateOfNewSession(await ok(client.POST("/setup/v1/setup-session", { body: { token } })));
    // The browser remembers the address of this document, token and all, as long as it lives
    // (performance.getEntries): a new document goes on.
    location.replace(location.pathname + location.search);
    return { state: "starting" };
  } catch (failure) {
    const error = asApiError(failure);
    if (error.unreachable) return { state: "unreachable", error };
    // A used address is opened again by people who have a session already: that one goes on.
    const without = await currentState();
    return without.state === "out" ? { ...without, error } : without;
  }
}

async function currentState(): Promise<SessionState> {
  if (!pageToken()) return { state: "out", claimed: await isClaimed(), error: whyEnded() };
  const { kind, user } = storedKind();
  if (kind === "setup") return { state: "setup", claimed: await isClaimed() };
  if (kind === "invitation") return { state: "invited", user };
  try {
    return { state: "in", user: (await ok(client.GET("/setup/v1/session"))).user };
  } catch (failure) {
    if (failure instanceof ApiError && failure.status === 401) {
      return { state: "out", claimed: await isClaimed(), error: failure };
    }
    throw failure;
  }
}

/** Never throws. */
export async function findState(token: string | null): Promise<SessionState> {
  try {
    return token ? await stateOfToken(token) : await currentState();
  } catch (failure) {
    return { state: "unreachable", error: asApiError(failure) };
  }
}

/** Whether two answers say the same of a signed-in user. */
export function isSame(one: SessionState, other: SessionState): boolean {
  if (one.state !== "in" || other.state !== "in") return false;
  const [a, b] = [one.user, other.user];
  return a.id === b.id && a.name === b.name && a.role === b.role;
}
