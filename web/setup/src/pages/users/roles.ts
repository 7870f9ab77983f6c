// Roles in words.
import type { Role } from "@b3iq/shared/api/types.ts";

export const roleNames: Record<Role, string> = {
  owner: "Owner",
  operator: "Operator",
  viewer: "Viewer",
};

export const roleAbout: Record<Role, string> = {
  owner: "Everything: also users, settings, audit, support and backups. One person.",
  operator: "Chats, runs models and runtimes, makes and revokes keys, stops calls.",
  viewer:
    "Sees status, models, requests (never their content), usage and receipts. Changes nothing.",
};

export const kInvitable = ["operator", "viewer"] as const;
export type Invitable = (typeof kInvitable)[number];

/**
 * The address to hand on. The node writes its own; a page that was opened by a name of the network
 * knows a better one, because the person who is invited can open that too.
 */
export function addressToSend(url: string, pageOrigin: string): string {
  const address = new URL(url);
  const page = new URL(pageOrigin);
  if (!isLoopback(address.hostname) || isLoopback(page.hostname)) return url;
  return `${page.origin}${address.pathname}${address.search}${address.hash}`;
}

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
