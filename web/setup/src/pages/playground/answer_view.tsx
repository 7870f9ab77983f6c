import { CopyButton } from "@b3iq/shared/kit/copy_block.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { formatPercent } from "@b3iq/shared/kit/formats.ts";
import { Button } from "@mantine/core";
import { Link } from "wouter";
import { answerFacts, finishNote } from "./answer_facts";
import type { Answer } from "./conversation";
import { Markdown } from "./markdown_view";
import type { ChatModel } from "./model_list";
import styles from "./playground.module.css";

export function AnswerView({
  answer,
  model,
  onAgain,
}: {
  answer: Answer;
  /** The model that is chosen now. */
  model: ChatModel;
  onAgain: (() => void) | null;
}) {
  const running = answer.state === "waiting" || answer.state === "streaming";
  const note = finishNote(answer);
  return (
    <article className={styles.answer} aria-label={`Answer of ${answer.model}`}>
      <p className={styles.who}>{answer.model}</p>
      {answer.reasoning && (
        <details className={styles.reasoning} open={running && !answer.text}>
          <summary>{answer.text ? "What it thought first" : "Thinking…"}</summary>
          <p>{answer.reasoning}</p>
        </details>
      )}
      {answer.text && <Markdown text={answer.text} />}
      {answer.state === "waiting" && !answer.reasoning && (
        <Waiting loadShare={model.id === answer.model ? model.loadShare : null} />
      )}
      {answer.state === "failed" && (
        <ErrorNotice error={answer.error} onRetry={onAgain ?? undefined} />
      )}
      {note && <p className={styles.finish}>{note}</p>}
      {!running && (
        <footer className={styles.foot}>
          <span className={styles.figures}>{answerFacts(answer).join(" · ")}</span>
          <span className={styles.acts}>
            {answer.end?.receiptHash && (
              <Link
                className={styles.link}
                href={`/receipts?receipt=${encodeURIComponent(answer.end.receiptHash)}`}
              >
                Receipt
              </Link>
            )}
            {answer.text && <CopyButton text={answer.text} />}
            {onAgain && answer.state !== "failed" && (
              <Button variant="default" size="xs" onClick={onAgain}>
                Retry
              </Button>
            )}
          </span>
        </footer>
      )}
    </article>
  );
}

function Waiting({ loadShare }: { loadShare: number | null }) {
  return (
    <p className={styles.waiting}>
      <span className={styles.pulse} aria-hidden="true" />
      {loadShare === null
        ? "Waiting for the first word…"
        : `Loading the model, ${formatPercent(loadShare)}`}
    </p>
  );
}
