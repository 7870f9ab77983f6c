import { createContext, type ReactNode, useContext } from "react";
import styles from "./card.module.css";

/** What a card's heading is: below its section's, or below the page's. */
export const CardHeading = createContext<"h2" | "h3">("h2");

/** A framed part of a page. `tone` marks what needs attention. */
export function Card({
  title,
  actions,
  tone = "plain",
  children,
}: {
  title?: string;
  actions?: ReactNode;
  tone?: "plain" | "accent" | "warn" | "bad";
  children: ReactNode;
}) {
  const Heading = useContext(CardHeading);
  return (
    <div className={styles.card} data-tone={tone}>
      {(title || actions) && (
        <div className={styles.head}>
          {title && <Heading className={styles.title}>{title}</Heading>}
          {actions}
        </div>
      )}
      {children}
    </div>
  );
}

/** Cards side by side, as many as fit. `min`: the least width of one. */
export function CardGrid({
  min = "15rem",
  children,
}: {
  min?: "11rem" | "15rem" | "20rem" | "26rem";
  children: ReactNode;
}) {
  return (
    <div className={styles.grid} data-min={min}>
      {children}
    </div>
  );
}

/** One figure with its name. `null` is shown as unknown, never as zero. */
export function Stat({
  label,
  value,
  note,
}: {
  label: string;
  value: ReactNode | null;
  note?: ReactNode;
}) {
  return (
    <div className={styles.stat}>
      <span className={styles.label}>{label}</span>
      <span className={styles.value}>
        {value ?? <span className={styles.unknown}>unknown</span>}
      </span>
      {note && <span className={styles.note}>{note}</span>}
    </div>
  );
}

/** Names and values, one a line. */
export function Facts({ rows }: { rows: [name: string, value: ReactNode | null][] }) {
  return (
    <dl className={styles.facts}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? <span className={styles.unknown}>unknown</span>}</dd>
        </div>
      ))}
    </dl>
  );
}
