import { Button, Textarea } from "@mantine/core";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import styles from "./playground.module.css";

/** True for the Enter that sends: not with Shift, and not while an input method composes. */
export function sendsOn(event: KeyboardEvent): boolean {
  return event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing;
}

/** Where the next message is written. While an answer comes, its button stops it. */
export function Composer({
  busy,
  onSend,
  onStop,
}: {
  busy: boolean;
  onSend: (text: string) => void;
  onStop: () => void;
}) {
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (window.matchMedia("(min-width: 48em)").matches) field.current?.focus();
  }, []);
  const send = () => {
    if (busy || text.trim() === "") return;
    onSend(text.trim());
    setText("");
    field.current?.focus();
  };
  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Textarea
        ref={field}
        aria-label="Message"
        placeholder="Write a message"
        rows={2}
        className={styles.grow}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (!sendsOn(event)) return;
          event.preventDefault();
          send();
        }}
      />
      {busy ? (
        <Button variant="default" onClick={onStop}>
          Stop
        </Button>
      ) : (
        <Button type="submit" disabled={text.trim() === ""}>
          Send
        </Button>
      )}
      <p className={styles.hint}>
        Enter sends, Shift+Enter breaks the line. The conversation lives in this tab only; a reload
        ends it.
      </p>
    </form>
  );
}
