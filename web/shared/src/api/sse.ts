// Server-sent events over fetch: EventSource cannot send the session's header.
import { nodeFetch } from "./client";
import { errorOfFailure } from "./errors";

export interface ServerEvent {
  /** "message" where the stream names none. */
  event: string;
  data: string;
}

/** Reads events until the stream ends or `signal` aborts. Throws ApiError when it cannot begin or breaks. */
export async function* readEvents(
  path: string,
  init: RequestInit & { signal: AbortSignal },
): AsyncGenerator<ServerEvent> {
  const response = await nodeFetch(new URL(path, location.origin), init);
  if (!response.body) return;
  const parser = new EventParser();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause) => {
        throw errorOfFailure(cause);
      });
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Cuts a text stream into events; a piece may end anywhere. */
export class EventParser {
  #rest = "";
  #event = "";
  #data: string[] = [];

  push(piece: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = this.#line(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (event) events.push(event);
    }
    return events;
  }

  #line(line: string): ServerEvent | null {
    if (line === "") return this.#end();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#event = value;
    if (name === "data") this.#data.push(value);
    return null;
  }

  #end(): ServerEvent | null {
    const event = { event: this.#event || "message", data: this.#data.join("\n") };
    const empty = this.#data.length === 0;
    this.#event = "";
    this.#data = [];
    return empty ? null : event;
  }
}
