// The token that the printed address carries behind `#`. It is taken out of the address as soon as
// this module is read, so that it can be neither gone back to nor read off the screen. The browser may
// have noted the address when it was typed: what stands there is spent by then.

export type HashToken = string | null;

export function takeHashToken(where: Location = location, past: History = history): HashToken {
  const match = /^#(?:token|invite)=([\w.~-]+)$/.exec(where.hash);
  if (!where.hash) return null;
  past.replaceState(null, "", where.pathname + where.search);
  return match?.[1] ?? null;
}

export const hashToken: HashToken = takeHashToken();
