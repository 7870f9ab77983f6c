// The gates between a model and paid work of the network, and what an owner can do about each.
import type { ModelProfile } from "@b3iq/shared/api/types.ts";

type Gate = ModelProfile["blockers"][number]["gate"];

export const gateNames: Record<Gate, string> = {
  fresh_heartbeat: "Heartbeat",
  public_route_ready: "Public route",
  protocol_ready: "Registration",
  runtime_ready: "Runtime",
  policy_ready: "Policy",
};

/** What to do next; where nothing can be done yet, it says so. */
export function gateStep(gate: Gate, profile: Pick<ModelProfile, "status">): string {
  switch (gate) {
    case "runtime_ready":
      return profile.status === "runtime_missing"
        ? "Start the runtime that has it, then look at Runtimes."
        : "Install it, or load it once so that its runtime is ready.";
    case "policy_ready":
      return "The two switches are yours. Route tier and verified benchmarks come with the network.";
    default:
      return "Nothing to do now: nodes cannot join a network in this version.";
  }
}

const kTiers: Record<ModelProfile["route_tier"], string> = {
  unknown: "not rated yet",
  local_convenience: "for its owner",
  portable_local: "portable",
  network_beta: "network, on trial",
  datacenter_optimized: "data centre",
  fleet_orchestrated: "fleet",
};

export function tierWords(tier: ModelProfile["route_tier"]): string {
  return kTiers[tier];
}
