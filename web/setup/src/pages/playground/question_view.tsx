import { Button, Textarea } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { sendsOn } from "./composer";
import type { Question } from "./conversation";
import styles from "./playground.module.css";

/** What the person wrote; the last one can be changed and asked again. */
export function QuestionView({
  question,
  onRewrite,
}: {
  question: Question;
  onRewrite: ((text: string) => void) | null;
}) {
  const [draft, setDraft] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const editing = draft !== null;
  useEffect(() => {
    if (editing) field.current?.focus();
  }, [editing]);
  if (draft !== null && onRewrite) {
    const send = () => {
      if (draft.trim()) onRewrite(draft.trim());
    };
    return (
      <form
        className={styles.rewrite}
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <Textarea
          aria-label="Change your message"
          ref={field}
          rows={3}
          value={draft}
          onChange={(event) => setDraft(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") setDraft(null);
            if (!sendsOn(event)) return;
            event.preventDefault();
            send();
          }}
        />
        <div className={styles.acts}>
          <Button size="xs" type="submit" disabled={draft.trim() === ""}>
            Ask again
          </Button>
          <Button size="xs" variant="default" onClick={() => setDraft(null)}>
            Cancel
          </Button>
        </div>
      </form>
    );
  }
  return (
    <article className={styles.question} aria-label="You">
      <p>{question.text}</p>
      {onRewrite && (
        <button type="button" className={styles.quiet} onClick={() => setDraft(question.text)}>
          Edit
        </button>
      )}
    </article>
  );
}
