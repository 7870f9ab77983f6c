/** b3iq-support-2026-11-22-1605.tar: the time in UTC, so that two bundles never share a name. */
export function bundleName(now: Date): string {
  const time = now.toISOString();
  return `b3iq-support-${time.slice(0, 10)}-${time.slice(11, 16).replace(":", "")}.tar`;
}

/** With the node's id, a bundle that another node signed does not pass. */
export function verifyCommand(name: string, nodeId: string | null): string {
  return `b3iq-host support verify ${name}${nodeId ? ` --node ${nodeId}` : ""}`;
}
