// The acts of the audit log in words.
import type { AuditEntry } from "@b3iq/shared/api/types.ts";

export type ActKind = "login" | "users" | "keys" | "support" | "node" | "content";

export const actKinds: { value: ActKind | ""; name: string }[] = [
  { value: "", name: "All" },
  { value: "login", name: "Logins" },
  { value: "users", name: "Users" },
  { value: "keys", name: "Keys" },
  { value: "support", name: "Support" },
  { value: "content", name: "Content" },
  { value: "node", name: "Node" },
];

interface Act {
  kind: ActKind;
  /** What happened; the subject's name stands behind it. */
  text: string;
  /** Worth a second look. */
  notable?: boolean;
}

const acts: Record<string, Act> = {
  "setup.opened": { kind: "login", text: "Opened the page with a setup token" },
  "owner.claimed": { kind: "users", text: "Claimed the node" },
  "owner.recovered": {
    kind: "users",
    text: "Set a new password with a setup token",
    notable: true,
  },
  "login.accepted": { kind: "login", text: "Logged in" },
  "login.refused": { kind: "login", text: "A login was refused", notable: true },
  "browser.forgotten": {
    kind: "login",
    text: "A known browser counts as a stranger after many failures",
    notable: true,
  },
  "password.changed": { kind: "login", text: "Changed the own password" },
  "password.refused": { kind: "login", text: "Gave a wrong password for an act", notable: true },
  "session.ended": { kind: "login", text: "Ended a session" },
  "user.invited": { kind: "users", text: "Invited" },
  "invitation.opened": { kind: "users", text: "An invitation was opened" },
  "user.joined": { kind: "users", text: "Joined with an invitation" },
  "user.password_renewed": { kind: "users", text: "Set a new password with an invitation" },
  "user.role_changed": { kind: "users", text: "Changed the role" },
  "user.removed": { kind: "users", text: "Removed the user", notable: true },
  "key.created": { kind: "keys", text: "Made the key" },
  "key.revoked": { kind: "keys", text: "Revoked the key" },
  "support.granted": { kind: "support", text: "Granted access for support" },
  "support.revoked": { kind: "support", text: "Ended access for support" },
  "support.used": { kind: "support", text: "Support read the diagnostics" },
  "support.refused": { kind: "support", text: "Support was refused", notable: true },
  "support.bundled": { kind: "support", text: "Made a support bundle" },
  "content.kept": { kind: "content", text: "Began to keep prompts and answers", notable: true },
  "content.dropped": { kind: "content", text: "Stopped keeping content and wiped it" },
  "content.read": { kind: "content", text: "Read the content of a request", notable: true },
  "settings.changed": { kind: "node", text: "Changed settings" },
  "node.restarted": { kind: "node", text: "Restarted the node" },
  "node.enrolled": { kind: "node", text: "Enrolled the node with a control plane", notable: true },
  "node.unenrolled": { kind: "node", text: "Left the control plane" },
  "command.started": { kind: "node", text: "Began a command of the control plane" },
  "command.refused": { kind: "node", text: "Refused a command of the control plane" },
  "node.restored": { kind: "node", text: "Made this node from a backup", notable: true },
  "backup.asked": { kind: "node", text: "Asked for a backup" },
  "backup.created": { kind: "node", text: "Made a backup" },
  "backup.downloaded": { kind: "node", text: "Downloaded a backup", notable: true },
  "backup.removed": { kind: "node", text: "Deleted a backup" },
  "backup.restored": { kind: "node", text: "Restored a backup", notable: true },
  "backup.restore_dropped": { kind: "node", text: "A restore was given up" },
  "runtime.added": { kind: "node", text: "Added the runtime" },
  "runtime.removed": { kind: "node", text: "Removed the runtime" },
  "model.posture_set": { kind: "node", text: "Set who a model is for" },
  "call.stopped": { kind: "node", text: "Stopped a call" },
};

/** An act that this page does not know yet is shown as the node names it. */
export function actOf(entry: AuditEntry): Act {
  return acts[entry.act] ?? { kind: "node", text: entry.act };
}

/** Who did it, in words. `nameOf`: of keys and users. */
export function actorText(actor: string, nameOf: (id: string) => string): string {
  if (actor === "operator") return "the command line";
  if (actor === "browser") return "a browser without a login";
  if (actor.startsWith("grant_")) return "a support grant";
  return nameOf(actor);
}

export interface SubjectWord {
  /** As the entry has it. */
  id: string;
  text: string;
}

/** To whom or what; none where the act says all. A subject may hold several words: an id and a role. */
export function subjectWords(entry: AuditEntry, nameOf: (id: string) => string): SubjectWord[] {
  const words = entry.subject.split(" ").filter(Boolean);
  // Ids that say nothing to a person; the export has them.
  if (words.some((word) => /^(ses|bak)_/.test(word))) return [];
  return words.map((id) => ({ id, text: /^(key|user)_/.test(id) ? nameOf(id) : id }));
}

/** A word of a subject that says as what: "Ben as viewer". */
export function isRole(word: string): boolean {
  return ["owner", "operator", "viewer"].includes(word);
}
