// What a state of the link to the control plane means, in words and a colour.
import type { Enrollment } from "@b3iq/shared/api/types.ts";
import type { Tone } from "@b3iq/shared/kit/status_dot.tsx";

const kStates: Record<Enrollment["state"], [Tone, string]> = {
  not_enrolled: ["good", "Local mode: not enrolled"],
  not_usable: ["bad", "The enrollment cannot be used"],
  stopped: ["idle", "Enrolled; the node does not serve"],
  connecting: ["busy", "Connecting"],
  connected: ["good", "Connected"],
  unreachable: ["warn", "The control plane cannot be reached"],
  suspended: ["warn", "Suspended by the control plane"],
  removed: ["bad", "Removed from the control plane"],
  superseded: ["bad", "Another machine has this identity"],
};

export function linkState(enrollment: Enrollment): [Tone, string] {
  return kStates[enrollment.state];
}

const kNotices: Record<Enrollment["notices"][number], string> = {
  other_start_superseded:
    "Another machine has used this node's identity before this start. If that was not you, your identity key has been copied.",
  transport_key_expires: "The transport key's binding ends soon. The node renews it by itself.",
  agent_version_unsupported: "This version is too old for the control plane. Update the node.",
};

export function noticeWords(notice: Enrollment["notices"][number]): string {
  return kNotices[notice];
}

/** Commands that change more than what the node shows; the owner says so at the enrollment. */
export const kOwnersWord = [
  { kind: "model_install", words: "Install models of the catalogue" },
  { kind: "model_remove", words: "Remove installed models" },
  { kind: "private_inference", words: "Answer sealed requests of its customers" },
] as const;

const kShownOffsetMs = 5_000;

/** Empty while the clocks agree. */
export function clockWords(offsetMs: number): string {
  if (Math.abs(offsetMs) <= kShownOffsetMs) return "";
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  return `${seconds} s ${offsetMs < 0 ? "ahead" : "behind"} of the control plane's; the node allows for it`;
}
