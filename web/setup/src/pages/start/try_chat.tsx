import { brokenOff, type ChatEnd, streamChat } from "@b3iq/shared/api/chat.ts";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { formatDuration, formatNumber } from "@b3iq/shared/kit/formats.ts";
import { Button, Textarea } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { kBundledModel } from "../../parts/model_words";
import styles from "./step.module.css";

/** Something that the model can answer. */
function firstQuestion(model: string): string {
  return model === kBundledModel
    ? "What is the capital of France?"
    : "Explain what a language model does, in three sentences.";
}

/** One question, one streamed answer. */
export function TryChat({ model }: { model: string }) {
  const [question, setQuestion] = useState(firstQuestion(model));
  const [answer, setAnswer] = useState("");
  const [end, setEnd] = useState<ChatEnd | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [running, setRunning] = useState<AbortController | null>(null);
  const alive = useRef<AbortController | null>(null);
  useEffect(() => () => alive.current?.abort(), []);

  const ask = async () => {
    const stop = new AbortController();
    alive.current = stop;
    setRunning(stop);
    setAnswer("");
    setEnd(null);
    setError(null);
    try {
      const done = await streamChat({
        model,
        messages: [{ role: "user", content: question }],
        signal: stop.signal,
        onText: (text) => setAnswer((before) => before + text),
      });
      if (!done.finishReason) throw brokenOff();
      setEnd(done);
    } catch (failure) {
      if (!stop.signal.aborted) setError(failure);
    } finally {
      setRunning(null);
    }
  };

  return (
    <form
      className={styles.chat}
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      <Textarea
        label="Your question"
        rows={2}
        required
        value={question}
        onChange={(event) => setQuestion(event.currentTarget.value)}
      />
      <div className={styles.row}>
        {running ? (
          <Button variant="default" onClick={() => running.abort()}>
            Stop
          </Button>
        ) : (
          <Button type="submit">Ask {model}</Button>
        )}
      </div>
      <ErrorNotice error={error} />
      <div
        className={styles.answer}
        data-empty={answer === "" || undefined}
        aria-live="polite"
        aria-busy={running !== null}
        aria-label="Answer"
        role="log"
        data-testid="answer"
      >
        {answer || (running ? "Thinking…" : "The answer comes here.")}
      </div>
      {end && <Figures end={end} />}
    </form>
  );
}

function Figures({ end }: { end: ChatEnd }) {
  return (
    <p className={styles.figures} role="status">
      {end.tokensPerSecond !== null && (
        <span>
          <strong>{formatNumber(Math.round(end.tokensPerSecond))}</strong> tokens/s
        </span>
      )}
      {end.firstTextMs !== null && (
        <span>
          first word after <strong>{formatDuration(end.firstTextMs)}</strong>
        </span>
      )}
      {end.completionTokens !== null && (
        <span>
          <strong>{formatNumber(end.completionTokens)}</strong> tokens
        </span>
      )}
      {end.finishReason === "length" && <span>cut at the length limit</span>}
    </p>
  );
}
