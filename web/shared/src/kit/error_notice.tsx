import { Button } from "@mantine/core";
import { Fragment } from "react";
import { asApiError } from "../api/errors";
import styles from "./error_notice.module.css";

/** Shows what failed, what to do next, and the stable code. Nothing when there is no error. */
export function ErrorNotice({
  error,
  onRetry,
  retry = "Try again",
}: {
  error: unknown;
  /** Shows a button "Try again", or with the words of `retry`. */
  onRetry?: () => void;
  retry?: string;
}) {
  if (!error) return null;
  const shown = asApiError(error);
  return (
    <div className={styles.notice} role="alert">
      <p className={styles.title}>{shown.title}</p>
      {shown.detail && <p className={styles.text}>{withCode(shown.detail)}</p>}
      {shown.nextStep && <p className={styles.text}>{withCode(shown.nextStep)}</p>}
      {shown.retryAfter && (
        <p className={styles.text}>
          Try again in {shown.retryAfter} {shown.retryAfter === 1 ? "second" : "seconds"}.
        </p>
      )}
      <p className={styles.code}>
        Code <code>{shown.code}</code>
        {shown.requestId && (
          <>
            {" · request "}
            <code>{shown.requestId}</code>
          </>
        )}
      </p>
      {onRetry && (
        <div>
          <Button variant="default" size="xs" onClick={onRetry}>
            {retry}
          </Button>
        </div>
      )}
    </div>
  );
}

/** The node's texts mark commands with backticks. */
export function withCode(text: string) {
  return text
    .split("`")
    .map((part, index) =>
      index % 2 ? <code key={index}>{part}</code> : <Fragment key={index}>{part}</Fragment>,
    );
}
