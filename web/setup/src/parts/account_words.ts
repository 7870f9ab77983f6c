// Names of those who act and call: keys, users, the command line. The node keeps no name of a user who was removed.

const kRemoved = "a removed user";
const kAnother = "another user";
const kShownOfId = 6;

export interface KnownAccounts {
  keys: readonly { id: string; name: string }[] | undefined;
  /** undefined: this reader may not know them, or they are not read yet. */
  users: readonly { id: string; name: string }[] | undefined;
  me: { id: string; name: string };
}

export function accountName(account: string, { keys, users, me }: KnownAccounts): string {
  if (account === "") return "nobody known";
  if (account === "operator") return "command line";
  if (account === "private_job") return "private jobs";
  if (account === me.id) return `${me.name} (you)`;
  const same = (one: { id: string }) => one.id === account;
  const found = keys?.find(same) ?? users?.find(same);
  if (found) return found.name;
  if (!isUser(account)) return account;
  // Only the owner may know who the others are.
  return users ? kRemoved : kAnother;
}

/** Of somebody who does something now: he is there, though the list of users may not have him yet. */
export function presentName(name: string): string {
  return name === kRemoved ? kAnother : name;
}

/** The node's own name for an account; it names a user who was removed by the id. */
export function toldName(account: string, name: string): string {
  return name === account && isUser(account) ? kRemoved : name || "nobody known";
}

/** What tells two removed users apart; null for everybody who has a name. */
export function removedHint(account: string, name: string): string | null {
  return name === kRemoved ? `user_…${account.slice(-kShownOfId)}` : null;
}

/** For where there is no room for a hint beside it: "a removed user (user_…7F3QAB)". */
export function nameWithHint(account: string, name: string): string {
  const hint = removedHint(account, name);
  return hint ? `${name} (${hint})` : name;
}

/** A name that somebody typed is none: "user_" and a ULID. */
function isUser(account: string): boolean {
  return /^user_[0-9A-Z]{26}$/i.test(account);
}
