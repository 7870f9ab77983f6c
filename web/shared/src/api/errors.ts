// What a page shows when a call fails: the node's own words, and what to do next.

export interface ApiErrorFacts {
  /** HTTP status; 0 when no answer came. */
  status: number;
  code: string;
  title: string;
  detail: string;
  /** The request's id, for the log. */
  requestId: string | null;
  /** Seconds until it is worth trying again. */
  retryAfter: number | null;
  /** The member of the request that was wrong. */
  param: string | null;
}

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly requestId: string | null;
  readonly retryAfter: number | null;
  readonly param: string | null;

  constructor(facts: ApiErrorFacts) {
    super(facts.detail || facts.title);
    this.name = "ApiError";
    this.status = facts.status;
    this.code = facts.code;
    this.title = facts.title;
    this.detail = facts.detail;
    this.requestId = facts.requestId;
    this.retryAfter = facts.retryAfter;
    this.param = facts.param;
  }

  /** True when the node did not answer at all. */
  get unreachable(): boolean {
    return this.code === "node_unreachable";
  }

  /** What a person can do about it, where the detail does not already say so. */
  get nextStep(): string | null {
    return nextStepOf(this.code);
  }
}

/** What a person can do about an error of this code, where its detail may not say so. */
export function nextStepOf(code: string): string | null {
  return nextSteps[code] ?? null;
}

const nextSteps: Record<string, string> = {
  node_unreachable: "Start it on its machine with `b3iq-host serve`, then try again.",
  role_denied: "Ask the owner of this node for another role.",
  host_not_allowed:
    "Open the address that `b3iq-host wizard url` prints, or add this name to the setting `allowed_hosts`.",
  origin_not_allowed: "Open the page from the node's own address.",
  rate_limited: "Wait a moment, then try again.",
  overloaded: "Wait until a call has ended, then try again.",
  model_loading: "Wait until the model is loaded, then try again.",
  model_not_found: "Choose another model under Models.",
  insufficient_memory: "Choose a smaller model, or unload another one under Models.",
  runtime_unreachable: "Start the runtime, then look at Runtimes.",
  storage_failed: "Look at the free space of the node's disk.",
  shutting_down: "Wait until the node is back, then try again.",
  internal: "Try again. If it stays, save a support bundle under Support.",
  page_failed: "Load this page again; the node may have been updated.",
  bad_answer: "Try again. If it stays, look at the node's log with `b3iq-host logs`.",
};

interface ProblemBody {
  title?: string;
  detail?: string;
  message?: string;
  code?: string;
  instance?: string;
  param?: string | null;
  b3iq?: ProblemBody;
}

/** The error of an answer that is not 2xx. Reads the native and the OpenAI shape. */
export function errorOfAnswer(response: Response, body: unknown): ApiError {
  const outer = ((body as { error?: ProblemBody } | null)?.error ?? {}) as ProblemBody;
  const problem = outer.b3iq ? { ...outer, ...outer.b3iq } : outer;
  return new ApiError({
    status: response.status,
    code: problem.code ?? "bad_answer",
    title: problem.title ?? `The node answered ${response.status}`,
    detail: problem.detail ?? outer.message ?? "",
    requestId: problem.instance ?? response.headers.get("x-request-id"),
    retryAfter: secondsOf(response),
    param: outer.param ?? problem.param ?? null,
  });
}

/** The error of a call that got no answer. */
export function errorOfFailure(cause: unknown): unknown {
  if (cause instanceof ApiError) return cause;
  if (cause instanceof DOMException && cause.name === "AbortError") return cause;
  return new ApiError({
    status: 0,
    code: "node_unreachable",
    title: "The node does not answer",
    detail: "Nothing answers at this page's address.",
    requestId: null,
    retryAfter: null,
    param: null,
  });
}

/** Any thrown value as an ApiError, for showing it. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError({
    status: 0,
    code: "page_failed",
    title: "This page failed",
    detail: error instanceof Error ? error.message : String(error),
    requestId: null,
    retryAfter: null,
    param: null,
  });
}

function secondsOf(response: Response): number | null {
  const ms = Number(response.headers.get("retry-after-ms"));
  if (ms > 0) return Math.ceil(ms / 1000);
  const seconds = Number(response.headers.get("retry-after"));
  return seconds > 0 ? seconds : null;
}
