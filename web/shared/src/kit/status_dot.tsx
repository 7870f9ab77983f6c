import type { ReactNode } from "react";
import styles from "./status_dot.module.css";

export type Tone = "good" | "warn" | "bad" | "idle" | "busy";

/** A state in words, with a mark whose shape differs too: colour alone tells nothing. */
export function StatusDot({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={styles.status}>
      <span className={styles.dot} data-tone={tone} aria-hidden="true" />
      <span>{children}</span>
    </span>
  );
}
