// A streamed chat with the node's own model, as the wizard and the playground use it.
import { ApiError, errorOfAnswer } from "./errors";
import { readEvents, type ServerEvent } from "./sse";

export interface ChatMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  signal: AbortSignal;
  /** OpenAI's parameters, sent as they are. */
  options?: Record<string, unknown>;
  onText: (text: string) => void;
  /** What a reasoning model thinks before it answers. */
  onReasoning?: (text: string) => void;
}

export interface ChatEnd {
  finishReason: string | null;
  promptTokens: number | null;
  completionTokens: number | null;
  /** From sending until the first text, and until the end. */
  firstTextMs: number | null;
  totalMs: number;
  /** Of the answer alone, without the wait for its first text. */
  tokensPerSecond: number | null;
  receiptHash: string | null;
}

interface Chunk {
  choices?: {
    delta?: { content?: string | null; reasoning_content?: string | null };
    finish_reason?: string | null;
  }[];
  usage?: { prompt_tokens?: number; completion_tokens?: number } | null;
  b3iq?: { receipt_hash?: string };
  error?: unknown;
}

/** Streams one answer. Throws ApiError; an AbortError when `signal` was aborted. */
export async function streamChat(chat: ChatRequest): Promise<ChatEnd> {
  const started = performance.now();
  const end: ChatEnd = {
    finishReason: null,
    promptTokens: null,
    completionTokens: null,
    firstTextMs: null,
    totalMs: 0,
    tokensPerSecond: null,
    receiptHash: null,
  };
  const events = readEvents("/v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      ...chat.options,
      model: chat.model,
      messages: chat.messages,
      stream: true,
      stream_options: { include_usage: true },
    }),
    signal: chat.signal,
  });
  for await (const { data } of whole(events, () => end.firstTextMs !== null)) {
    if (data === "[DONE]") break;
    const chunk = JSON.parse(data) as Chunk;
    if (chunk.error) throw errorOfAnswer(new Response(null, { status: 502 }), chunk);
    const choice = chunk.choices?.[0];
    const text = choice?.delta?.content;
    const reasoning = choice?.delta?.reasoning_content;
    if (text || reasoning) end.firstTextMs ??= performance.now() - started;
    if (text) chat.onText(text);
    if (reasoning) chat.onReasoning?.(reasoning);
    end.finishReason = choice?.finish_reason ?? end.finishReason;
    end.promptTokens = chunk.usage?.prompt_tokens ?? end.promptTokens;
    end.completionTokens = chunk.usage?.completion_tokens ?? end.completionTokens;
    end.receiptHash = chunk.b3iq?.receipt_hash ?? end.receiptHash;
  }
  end.totalMs = performance.now() - started;
  end.tokensPerSecond = rateOf(end);
  return end;
}

/** The events; a stream that breaks after the answer has begun says just that. */
async function* whole(events: AsyncGenerator<ServerEvent>, hasBegun: () => boolean) {
  try {
    yield* events;
  } catch (failure) {
    throw failure instanceof ApiError && failure.unreachable && hasBegun() ? brokenOff() : failure;
  }
}

/** An answer that came in one piece tells no rate: its time is that of the last write. */
const kMinMeasuredMs = 20;

function rateOf(end: ChatEnd): number | null {
  if (!end.completionTokens || end.firstTextMs === null) return null;
  const ms = end.totalMs - end.firstTextMs;
  return ms >= kMinMeasuredMs ? (end.completionTokens * 1000) / ms : null;
}

/** An answer whose stream ended without its last word. */
export function brokenOff(): ApiError {
  return new ApiError({
    status: 0,
    code: "answer_broken_off",
    title: "The answer broke off",
    detail: "The connection to the node ended before the answer did. Try again.",
    requestId: null,
    retryAfter: null,
    param: null,
  });
}
