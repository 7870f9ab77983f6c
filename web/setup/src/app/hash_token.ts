// The token that the printed address carries behind `#`. It is taken out of the address as soon as
// this module is read, so that it stays in no history entry and nobody reads it off the screen.

export type HashToken = string | null;

export function takeHashToken(where: Location = location, past: History = history): HashToken {
  const match = /^#(?:token|invite)=([\w.~-]+)$/.exec(where.hash);
  if (!where.hash) return null;
  past.replaceState(null, "", where.pathname + where.search);
  return match?.[1] ?? null;
}

export const hashToken: HashToken = takeHashToken();
