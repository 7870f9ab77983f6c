// Calls to the node. Types come from api/local.json; every failure is an ApiError.
import createClient from "openapi-fetch";
import { type ApiError, errorOfAnswer, errorOfFailure } from "./errors";
import { pageToken, setPageToken } from "./page_token";
import type { Paths } from "./types";

const kTokenHeader = "X-B3IQ-Session";

const deniedListeners = new Set<() => void>();

/** Calls `listener` when the node denies what the page took for allowed: the role may have changed. */
export function onRoleDenied(listener: () => void): () => void {
  deniedListeners.add(listener);
  return () => deniedListeners.delete(listener);
}

/** fetch with the session's header. Throws ApiError, also for answers that are not 2xx. */
export async function nodeFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, { ...init, credentials: "same-origin", cache: "no-store" });
  const token = pageToken();
  if (token) request.headers.set(kTokenHeader, token);
  let response: Response;
  try {
    response = await fetch(request);
  } catch (cause) {
    throw errorOfFailure(cause);
  }
  if (response.ok) return response;
  const error = errorOfAnswer(response, await response.json().catch(() => null));
  if (isSessionEnd(error, request.url) && token && token === pageToken()) setPageToken(null, error);
  if (error.code === "role_denied") for (const listener of deniedListeners) listener();
  throw error;
}

// Not so where a password was wrong: that call had no session to lose. Nor where what was refused is a credential
// for another machine, such as the token of a control plane: those refusals have codes of their own.
function isSessionEnd(error: ApiError, url: string): boolean {
  return error.status === 401 && error.code === "unauthorized" && !isPasswordRoute(url);
}

function isPasswordRoute(url: string): boolean {
  const path = new URL(url).pathname;
  return ["/setup/v1/login", "/setup/v1/setup-session"].includes(path);
}

export const client = createClient<Paths>({
  baseUrl: globalThis.location?.origin ?? "",
  fetch: (request) => nodeFetch(request),
});

/** The data of a call: `await ok(client.GET("/setup/v1/keys"))`. */
export async function ok<T>(call: Promise<{ data?: T; response: Response }>): Promise<T> {
  const { data } = await call;
  return data as T;
}

/** A file that the node makes, saved by the browser. */
export async function download(path: string, name: string, init?: RequestInit): Promise<void> {
  const response = await nodeFetch(new URL(path, location.origin), init);
  const blob = await response.blob().catch((cause) => {
    throw errorOfFailure(cause);
  });
  saveBlob(blob, name);
}

export function saveText(text: string, name: string): void {
  saveBlob(new Blob([text], { type: "text/plain" }), name);
}

const kSaveMs = 60_000;

function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers read the data only when the user has chosen where to save it.
  setTimeout(() => URL.revokeObjectURL(url), kSaveMs);
}
