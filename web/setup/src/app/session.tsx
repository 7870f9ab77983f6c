import { client, ok, onRoleDenied } from "@b3iq/shared/api/client.ts";
import { onPageToken, pageToken, setPageToken } from "@b3iq/shared/api/page_token.ts";
import type { Role, Session, UserName } from "@b3iq/shared/api/types.ts";
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { queryClient } from "./queries";
import { findState, isSame, type SessionState, stateOfNewSession } from "./session_state";

interface SessionApi {
  session: SessionState;
  /** After login, claim, recovery, an accepted invitation or a new password. */
  begin: (session: Session) => void;
  logout: () => Promise<void>;
  /** Looks again: the node was not reachable, or a setup session is over. */
  retry: () => Promise<void>;
  /** Asks who is here while the pages stay: the role may be another one now. */
  refresh: () => Promise<void>;
}

const SessionContext = createContext<SessionApi | null>(null);

export function SessionProvider({
  token,
  children,
}: {
  /** From the address; used once. */
  token: string | null;
  children: ReactNode;
}) {
  const [session, setSession] = useState<SessionState>({ state: "starting" });
  const unusedToken = useRef(token);
  const shown = useRef(session);
  useEffect(() => {
    shown.current = session;
  }, [session]);

  const look = useCallback(async () => {
    const once = unusedToken.current;
    unusedToken.current = null;
    const found = await findState(once);
    if (found.state === "unreachable") unusedToken.current = once;
    setSession(found);
  }, []);

  useEffect(() => {
    const started = setTimeout(look, 0);
    return () => clearTimeout(started);
  }, [look]);

  // Logged in or out in another tab, or the node has ended the session.
  useEffect(() => {
    let known = pageToken();
    return onPageToken(() => {
      const now = pageToken();
      if (now === known) return;
      known = now;
      queryClient.clear();
      look();
    });
  }, [look]);

  // A node that does not answer now changes nothing: the pages say so themselves.
  const refresh = useCallback(async () => {
    if (!pageToken()) return;
    const found = await findState(null);
    if (found.state === "unreachable" || isSame(shown.current, found)) return;
    setSession(found);
    queryClient.invalidateQueries();
  }, []);

  useEffect(() => onRoleDenied(refresh), [refresh]);

  const api = useMemo<SessionApi>(
    () => ({
      session,
      begin: (begun) => setSession(stateOfNewSession(begun)),
      logout: async () => {
        await ok(client.POST("/setup/v1/logout")).catch(() => {});
        setPageToken(null);
      },
      retry: look,
      refresh,
    }),
    [session, look, refresh],
  );
  return <SessionContext value={api}>{children}</SessionContext>;
}

export function useSession(): SessionApi {
  const api = useContext(SessionContext);
  if (!api) throw new Error("useSession outside of SessionProvider");
  return api;
}

/** The signed-in user. Only for pages inside the shell. */
export function useUser(): UserName {
  const { session } = useSession();
  if (session.state !== "in") throw new Error("useUser without a session");
  return session.user;
}

const kRank: Record<Role, number> = { viewer: 0, operator: 1, owner: 2 };

export function roleAllows(role: Role, least: Role): boolean {
  return kRank[role] >= kRank[least];
}

/** `const mayManage = useMay("operator")`: whether the user may do what needs this role. */
export function useMay(least: Role): boolean {
  return roleAllows(useUser().role, least);
}
