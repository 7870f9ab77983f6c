// The form for a runtime that is added by hand, and the request it makes.
import type { NewRuntime } from "@b3iq/shared/api/types.ts";

/** A server as people know it; two of them are profiles of one kind. */
export type Server = "ollama" | "lmstudio" | "llama-server" | "vllm" | "sglang" | "openai";

export interface RuntimeDraft {
  server: Server;
  address: string;
  /** Never kept: it lives in the form's state alone. */
  apiKey: string;
  id: string;
  maxConcurrent: number | null;
}

export interface ServerFacts {
  name: string;
  kind: NewRuntime["kind"];
  profile?: NewRuntime["profile"];
  address: string;
  hint: string;
}

export const servers: Record<Server, ServerFacts> = {
  ollama: {
    name: "Ollama",
    kind: "ollama",
    address: "http://127.0.0.1:11434",
    hint: "Its own API is used: no /v1 at the end.",
  },
  lmstudio: {
    name: "LM Studio",
    kind: "openai",
    profile: "lmstudio",
    address: "http://127.0.0.1:1234/v1",
    hint: "Turn its server on in the tab Developer.",
  },
  "llama-server": {
    name: "llama-server",
    kind: "openai",
    profile: "llama-server",
    address: "http://127.0.0.1:8080/v1",
    hint: "Of llama.cpp. With --metrics it tells its load.",
  },
  vllm: {
    name: "vLLM",
    kind: "vllm",
    address: "http://127.0.0.1:8000/v1",
    hint: "Start it with --api-key where others reach it.",
  },
  sglang: {
    name: "SGLang",
    kind: "sglang",
    address: "http://127.0.0.1:30000/v1",
    hint: "With --enable-metrics it tells its load.",
  },
  openai: {
    name: "Another OpenAI-compatible server",
    kind: "openai",
    address: "https://",
    hint: "Any server with /v1/models and /v1/chat/completions. Prompts go to its machine.",
  },
};

export const newDraft: RuntimeDraft = {
  server: "ollama",
  address: servers.ollama.address,
  apiKey: "",
  id: "",
  maxConcurrent: null,
};

/** Another server: its usual address, unless one was typed. */
export function chooseServer(draft: RuntimeDraft, server: Server): RuntimeDraft {
  const untouched = Object.values(servers).some((one) => one.address === draft.address);
  return { ...draft, server, address: untouched ? servers[server].address : draft.address };
}

/** What is wrong; "" when nothing is. */
export function faultOf(draft: RuntimeDraft, taken: readonly { id: string }[]): string {
  const address = draft.address.trim();
  if (!/^https?:\/\/[^\s/]+/.test(address))
    return "Give an address that begins with http:// or https://.";
  if (draft.server === "ollama" && /\/v1\/?$/.test(address))
    return "Ollama's address has no /v1 at its end.";
  if (draft.id && !/^[a-z0-9_-]{1,64}$/.test(draft.id))
    return "A name has up to 64 small letters, digits, - and _.";
  if (taken.some((runtime) => runtime.id === draft.id))
    return `There is a runtime named ${draft.id} already.`;
  return "";
}

/** `id`: taken where none was written. */
export function requestOf(draft: RuntimeDraft, id: string): NewRuntime {
  const { kind, profile } = servers[draft.server];
  return {
    id: draft.id || id,
    kind,
    base_url: draft.address.trim(),
    ...(profile && { profile }),
    ...(draft.apiKey && { api_key: draft.apiKey }),
    ...(draft.maxConcurrent !== null && { max_concurrent: draft.maxConcurrent }),
  };
}
