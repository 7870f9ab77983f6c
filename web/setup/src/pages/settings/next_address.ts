// Where the page is after a restart, where the settings that wait for it move the node's own address.
import type { Setting } from "@b3iq/shared/api/types.ts";

export type Here = Pick<Location, "protocol" | "hostname" | "port">;

/** null: the page comes back at its present address. */
export function nextAddress(pending: readonly Setting[], here: Here): string | null {
  const listen = listenOf(pending);
  const tls = pending.filter(({ name }) => name === "tls.certificate" || name === "tls.key");
  const protocol = tls.length === 0 ? here.protocol : tls.some(isSet) ? "https:" : "http:";
  const host = listen ? hostOf(listen.host, here.hostname) : here.hostname;
  const port = listen?.port ?? here.port;
  const moved = host !== here.hostname || port !== here.port || protocol !== here.protocol;
  // Another certificate may be one that this browser does not trust yet: it must be opened by hand.
  if (!moved && tls.length === 0) return null;
  return `${protocol}//${host}${port ? `:${port}` : ""}/setup/`;
}

function isSet(setting: Setting): boolean {
  return typeof setting.value === "string" && setting.value !== "";
}

function listenOf(pending: readonly Setting[]): { host: string; port: string } | null {
  const value = pending.find(({ name }) => name === "listen")?.value;
  const parts = typeof value === "string" ? /^(.*):(\d+)$/.exec(value) : null;
  const [, host, port] = parts ?? [];
  // Port 0: the system chooses one, and nobody can know it yet.
  return host === undefined || !port || port === "0" ? null : { host, port };
}

const kEverywhere = new Set(["", "*", "0.0.0.0", "[::]"]);

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\./.test(host);
}

function isIp(host: string): boolean {
  return host.startsWith("[") || /^\d+(\.\d+){3}$/.test(host);
}

/** A name may lead to the new address as well; an IP address leads to itself alone. */
function hostOf(listen: string, here: string): string {
  if (kEverywhere.has(listen)) return here;
  if (isLoopback(listen)) return isLoopback(here) ? here : listen;
  return isIp(here) || isLoopback(here) ? listen : here;
}
