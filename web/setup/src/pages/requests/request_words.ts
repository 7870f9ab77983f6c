// The request log in words: what a code means to the owner of the node, and what to do about it.
import type { LiveCall, LoggedRequest } from "@b3iq/shared/api/types.ts";
import type { Tone } from "@b3iq/shared/kit/status_dot.tsx";

export const operationNames: Record<string, string> = {
  "chat.completions": "Chat",
  completions: "Completion",
  responses: "Response",
  messages: "Message",
  embeddings: "Embedding",
  "api.chat": "Chat (Ollama API)",
  "api.generate": "Completion (Ollama API)",
  "api.embed": "Embedding (Ollama API)",
  "api.embeddings": "Embedding (Ollama API)",
  "messages.count_tokens": "Token count",
  private_inference: "Private job",
};

export function operationName(operation: string): string {
  return operationNames[operation] ?? operation;
}

export const outcomes: Record<LoggedRequest["outcome"], { name: string; tone: Tone }> = {
  ok: { name: "Answered", tone: "good" },
  error: { name: "Failed", tone: "bad" },
  cancelled: { name: "Cancelled", tone: "idle" },
};

export const phases: Record<LiveCall["state"], { name: string; tone: Tone }> = {
  waiting: { name: "Waiting for a place", tone: "warn" },
  prompt: { name: "Reading the prompt", tone: "busy" },
  generating: { name: "Writing", tone: "good" },
};

interface Fix {
  what: string;
  fix: string;
}

const fixes: Record<string, Fix> = {
  invalid_request: {
    what: "The request was not valid.",
    fix: "The answer told the program which member was wrong: mend the program.",
  },
  invalid_json: { what: "The body was not JSON.", fix: "Mend the program that sent it." },
  unsupported_parameter: {
    what: "The program asked for something that this model or API does not do.",
    fix: "Turn that option off in the program; the answer named it.",
  },
  unsupported_media_type: {
    what: "The body was sent as another type.",
    fix: "The program must send Content-Type: application/json.",
  },
  context_length_exceeded: {
    what: "The prompt and the answer do not fit the model's context.",
    fix: "Send less, ask for fewer tokens, or use a model with more context (models.context_tokens).",
  },
  unauthorized: {
    what: "No key was sent, or one that this node does not know.",
    fix: "Put a key of this node into the program. If it should work without, see who sent this.",
  },
  key_expired: { what: "The key has expired.", fix: "Make a new one under Keys." },
  key_revoked: { what: "The key was revoked.", fix: "Make a new one if it was by mistake." },
  local_api_key_scope_denied: {
    what: "The key may not do this.",
    fix: "Make a key with the scope that is missing.",
  },
  role_denied: {
    what: "The user's role does not allow this.",
    fix: "Change the role under Users.",
  },
  model_not_allowed: {
    what: "The key may not use this model.",
    fix: "Make a key that allows it.",
  },
  budget_exceeded: {
    what: "The key's budget is used up.",
    fix: "Wait for its next period, or make a key with a larger one.",
  },
  rate_limited: {
    what: "The key sent more than its limits by the minute allow.",
    fix: "Programs wait and try again by themselves. If it stays, make a key with higher limits.",
  },
  model_not_found: {
    what: "No model has the name that was asked for.",
    fix: "Install it under Models, give one that name in models.aliases, or mend the program.",
  },
  model_loading: { what: "The model was still being loaded.", fix: "It works once it is loaded." },
  insufficient_memory: {
    what: "The model does not fit beside what is loaded.",
    fix: "Unload another one under Models, or use a smaller one.",
  },
  overloaded: {
    what: "Every place was taken and the queue was full, or the wait too long.",
    fix: "If it happens often, raise models.slots or limits.queue, or spread the calls.",
  },
  runtime_failed: {
    what: "The runtime failed while it worked.",
    fix: "Look at Runtimes and at the log, with the request's id.",
  },
  runtime_unreachable: {
    what: "The runtime did not answer.",
    fix: "Start it, or mend its address under Runtimes.",
  },
  payload_too_large: {
    what: "The body was larger than this node takes.",
    fix: "Send less, or raise limits.body under Settings.",
  },
  request_timeout: {
    what: "The request came too slowly.",
    fix: "Look at the connection between the program and the node.",
  },
  deadline_exceeded: {
    what: "It took too long.",
    fix: "Ask for fewer tokens, or a smaller model.",
  },
  cancelled: {
    what: "The caller went away, or somebody stopped the call.",
    fix: "Nothing is broken. What was written until then is booked.",
  },
  shutting_down: { what: "The node was stopping.", fix: "Programs can try again now." },
  storage_failed: {
    what: "The disk did not take the receipt.",
    fix: "Make room on the node's disk at once: no call is answered without.",
  },
  host_not_allowed: {
    what: "The program used a name of this node that it does not know.",
    fix: "Add the name to allowed_hosts under Settings.",
  },
  origin_not_allowed: {
    what: "A web page of another origin called this node.",
    fix: "If it is yours, add its origin to allowed_origins under Settings. If not, it was kept out.",
  },
  internal: {
    what: "The node failed.",
    fix: "If it stays, save a support bundle under Support.",
  },
};

export function fixOf(code: string): Fix {
  return fixes[code] ?? { what: "", fix: "Look at the log, with the request's id." };
}

/** Tokens a second of the writing alone; null where it was too short to say. */
export function writingSpeed(
  row: Pick<LoggedRequest, "completion_tokens" | "duration_ms" | "first_token_ms">,
): number | null {
  if (row.first_token_ms === null || row.completion_tokens < 2) return null;
  const ms = row.duration_ms - row.first_token_ms;
  return ms > 0 ? ((row.completion_tokens - 1) / ms) * 1000 : null;
}
