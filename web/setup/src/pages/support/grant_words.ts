import type { SupportGrant } from "@b3iq/shared/api/types.ts";
import type { Tone } from "@b3iq/shared/kit/status_dot.tsx";

/** As the node takes them: one minute to seven days. */
export const grantTimes = [
  { value: "1h", label: "1 hour" },
  { value: "12h", label: "12 hours" },
  { value: "24h", label: "1 day" },
  { value: "3d", label: "3 days" },
  { value: "7d", label: "7 days" },
];

export function grantState(grant: Pick<SupportGrant, "status">): [Tone, string] {
  switch (grant.status) {
    case "active":
      return ["good", "active"];
    case "expired":
      return ["idle", "ended"];
    case "revoked":
      return ["idle", "revoked"];
  }
}

/** Those that still open something come first, then the newest. */
export function sortGrants(grants: readonly SupportGrant[]): SupportGrant[] {
  const active = (grant: SupportGrant) => (grant.status === "active" ? 0 : 1);
  return [...grants].sort(
    (a, b) => active(a) - active(b) || b.created_at.localeCompare(a.created_at),
  );
}

/** What the person who helps types to see the diagnostics. The grant comes from the environment. */
export function grantCommand(origin: string): string {
  return `curl -H "Authorization: Bearer $B3IQ_GRANT" ${origin}/setup/v1/diagnostics`;
}
