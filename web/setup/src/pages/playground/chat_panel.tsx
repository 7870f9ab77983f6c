import { formatNumber } from "@b3iq/shared/kit/formats.ts";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useLayoutEffect, useRef } from "react";
import { Announcer } from "./announcer";
import { AnswerView } from "./answer_view";
import { chat, useChat } from "./chat_store";
import { Composer } from "./composer";
import {
  type AnswerState,
  type Conversation,
  isBusy,
  lastAnswer,
  tokensInUse,
} from "./conversation";
import type { ChatModel } from "./model_list";
import { ModelPicker } from "./model_picker";
import { changedOptions } from "./options";
import { OptionsPanel } from "./options_panel";
import styles from "./playground.module.css";
import { QuestionView } from "./question_view";
import { Starters } from "./starters";

/** Nearer to the end than this, the view follows the answer. */
const kFollowPixels = 80;
/** While the first word is waited for. */
const kLookMs = 1000;

export function ChatPanel({ models, model }: { models: ChatModel[]; model: ChatModel }) {
  const { turns, options } = useChat();
  const busy = isBusy(turns);
  const changed = changedOptions(options);
  useEffect(() => chat.setModel(model.id), [model.id]);
  useFreshModels(lastAnswer(turns)?.state ?? null);
  return (
    <div className={styles.columns}>
      <div className={styles.chat}>
        <div className={styles.phoneOnly}>
          <ModelPicker models={models} model={model} disabled={busy} onChoose={chat.setModel} />
          <details className={styles.fold}>
            <summary>Options{changed > 0 && ` (${changed} changed)`}</summary>
            <OptionsPanel options={options} />
          </details>
        </div>
        <Turns model={model} />
        <Composer busy={busy} onSend={chat.ask} onStop={chat.stop} />
        <Announcer answer={lastAnswer(turns)} />
      </div>
      <aside className={styles.side} aria-label="Model and options">
        <ModelPicker models={models} model={model} disabled={busy} onChoose={chat.setModel} />
        <OptionsPanel options={options} />
      </aside>
    </div>
  );
}

function Turns({ model }: { model: ChatModel }) {
  const { turns } = useChat();
  const busy = isBusy(turns);
  const { frame, onScroll } = useFollow(turns);
  const used = tokensInUse(turns);
  const lastQuestion = turns.findLastIndex((turn) => turn.role === "user");
  if (turns.length === 0) return <Starters onChoose={chat.ask} />;
  return (
    <>
      <section
        ref={frame}
        className={styles.turns}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, with the keyboard too
        tabIndex={0}
        aria-label="Conversation"
        onScroll={onScroll}
      >
        {turns.map((turn, index) =>
          turn.role === "user" ? (
            <QuestionView
              key={turn.id}
              question={turn}
              onRewrite={index === lastQuestion && !busy ? chat.rewrite : null}
            />
          ) : (
            <AnswerView
              key={turn.id}
              answer={turn}
              model={model}
              onAgain={index === turns.length - 1 && !busy ? chat.again : null}
            />
          ),
        )}
      </section>
      {used !== null && model.contextTokens !== null && (
        <p className={styles.context} data-full={used > model.contextTokens * 0.8 || undefined}>
          {formatNumber(used)} of {formatNumber(model.contextTokens)} tokens of context used
          {used > model.contextTokens * 0.8 &&
            ": start a new chat soon, or longer messages are refused"}
        </p>
      )}
    </>
  );
}

/** A message may load its model: how far that is, and that it is there, is read again. */
function useFreshModels(state: AnswerState | null) {
  const cache = useQueryClient();
  useEffect(() => {
    const read = () => cache.invalidateQueries({ queryKey: ["installed-models"] });
    if (state === "streaming") {
      read();
      cache.invalidateQueries({ queryKey: ["models"] });
    }
    if (state !== "waiting") return;
    const timer = setInterval(read, kLookMs);
    return () => clearInterval(timer);
  }, [state, cache]);
}

/** Keeps the end of the answer in view, until the reader scrolls up. On a phone the page scrolls. */
function useFollow(turns: Conversation) {
  const frame = useRef<HTMLElement>(null);
  const following = useRef(true);
  useEffect(() => {
    const look = () => {
      following.current = isNearEnd(document.documentElement);
    };
    if (!scrollsItself(frame.current)) window.addEventListener("scroll", look, { passive: true });
    return () => window.removeEventListener("scroll", look);
  }, []);
  useLayoutEffect(() => {
    if (!following.current || turns.length === 0) return;
    const element = frame.current;
    if (!element) return;
    if (scrollsItself(element)) element.scrollTop = element.scrollHeight;
    else window.scrollTo(0, document.documentElement.scrollHeight);
  }, [turns]);
  const onScroll = () => {
    if (frame.current) following.current = isNearEnd(frame.current);
  };
  return { frame, onScroll };
}

function isNearEnd(element: Element): boolean {
  return element.scrollHeight - element.scrollTop - element.clientHeight < kFollowPixels;
}

function scrollsItself(element: Element | null): boolean {
  return element !== null && getComputedStyle(element).overflowY === "auto";
}
