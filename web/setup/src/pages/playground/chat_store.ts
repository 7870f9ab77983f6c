// The conversation of this tab. It lives in memory only: it outlasts a look at another page, and ends
// with the tab, a reload or the session.
import { brokenOff, type ChatEnd, streamChat } from "@b3iq/shared/api/chat.ts";
import { ApiError } from "@b3iq/shared/api/errors.ts";
import { onPageToken, pageToken } from "@b3iq/shared/api/page_token.ts";
import { useSyncExternalStore } from "react";
import { type Act, type Conversation, converse, messagesOf } from "./conversation";
import { type ChatOptions, defaultOptions, requestOptions } from "./options";

/** Text that arrives within this time is shown at once: a fast model sends hundreds of pieces. */
const kShowEveryMs = 40;

export interface ChatView {
  turns: Conversation;
  model: string;
  options: ChatOptions;
}

class ChatStore {
  #view: ChatView = { turns: [], model: "", options: defaultOptions };
  #listeners = new Set<() => void>();
  #running: AbortController | null = null;
  #nextId = 1;

  view = (): ChatView => this.#view;

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  setModel = (model: string) => this.#set({ model });
  setOptions = (change: Partial<ChatOptions>) =>
    this.#set({ options: { ...this.#view.options, ...change } });

  ask = (text: string) => this.#start({ type: "ask", text, ...this.#newTurn() });
  again = () => this.#start({ type: "again", ...this.#newTurn() });
  rewrite = (text: string) => this.#start({ type: "rewrite", text, ...this.#newTurn() });
  stop = () => this.#running?.abort();

  clear = () => {
    this.stop();
    this.#act({ type: "clear" });
  };

  /** Forgets everything: somebody else may sit here now. */
  forget = () => {
    this.stop();
    this.#set({ turns: [], model: "", options: defaultOptions });
  };

  #newTurn() {
    const id = this.#nextId;
    this.#nextId += 2;
    return { id, model: this.#view.model };
  }

  #set(change: Partial<ChatView>) {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }

  #act(act: Act) {
    this.#set({ turns: converse(this.#view.turns, act) });
  }

  async #start(act: Act & { model: string }) {
    if (this.#running) return;
    this.#act(act);
    const running = new AbortController();
    this.#running = running;
    const started = performance.now();
    const text = new Pieces((more) => {
      if (this.#running === running) this.#act({ type: "more", ...more });
    }, started);
    try {
      const end = await streamChat({
        model: act.model,
        messages: messagesOf(this.#view.turns, this.#view.options.system),
        options: requestOptions(this.#view.options),
        signal: running.signal,
        onText: (piece) => text.add(piece, ""),
        onReasoning: (piece) => text.add("", piece),
      });
      text.flush();
      if (running.signal.aborted) this.#act({ type: "stop", totalMs: performance.now() - started });
      else this.#finish(end, started);
    } catch (failure) {
      text.flush();
      this.#fail(running, failure, performance.now() - started);
    } finally {
      if (this.#running === running) this.#running = null;
      this.#set({});
    }
  }

  #finish(end: ChatEnd, started: number) {
    if (end.finishReason) return this.#act({ type: "end", end });
    this.#act({ type: "fail", error: brokenOff(), totalMs: performance.now() - started });
  }

  #fail(running: AbortController, failure: unknown, totalMs: number) {
    if (running.signal.aborted) return this.#act({ type: "stop", totalMs });
    const error = failure instanceof ApiError ? failure : brokenOff();
    this.#act({ type: "fail", error, totalMs });
  }
}

/** Collects what arrives, and tells it some times a second. */
class Pieces {
  #text = "";
  #reasoning = "";
  #firstTextMs: number | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly tell: (more: {
      text: string;
      reasoning: string;
      firstTextMs: number | null;
    }) => void,
    private readonly started: number,
  ) {}

  add(text: string, reasoning: string) {
    this.#firstTextMs ??= performance.now() - this.started;
    this.#text += text;
    this.#reasoning += reasoning;
    this.#timer ??= setTimeout(() => this.flush(), kShowEveryMs);
  }

  flush() {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const more = { text: this.#text, reasoning: this.#reasoning, firstTextMs: this.#firstTextMs };
    this.#text = "";
    this.#reasoning = "";
    if (more.text || more.reasoning) this.tell(more);
  }
}

export const chat = new ChatStore();

let knownToken = pageToken();
onPageToken(() => {
  if (pageToken() !== knownToken) chat.forget();
  knownToken = pageToken();
});

export function useChat(): ChatView {
  return useSyncExternalStore(chat.subscribe, chat.view);
}
