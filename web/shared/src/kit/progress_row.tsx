import type { ReactNode } from "react";
import { formatPercent } from "./formats";
import styles from "./progress_row.module.css";

/** Work that goes on: what, how far, and what can be done about it. */
export function ProgressRow({
  label,
  share,
  detail,
  actions,
}: {
  label: string;
  /** 0 to 1; null: how far is not known. */
  share: number | null;
  detail?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={styles.row}>
      <div className={styles.head}>
        <span className={styles.label}>{label}</span>
        {share !== null && <span>{formatPercent(share)}</span>}
      </div>
      <progress className={styles.bar} aria-label={label} value={share ?? undefined} max={1} />
      <div className={styles.head}>
        <span className={styles.detail}>{detail}</span>
        {actions}
      </div>
    </div>
  );
}

/** A share, 0 to 1, as a bar. Decoration: words beside it say the same. */
export function Bar({ share }: { share: number }) {
  const width = `${Math.min(1, Math.max(0, share)) * 100}%`;
  return (
    <span className={styles.bar} aria-hidden="true">
      <span className={styles.level} style={{ width }} />
    </span>
  );
}

/** How much of something is in use. */
export function Meter({
  label,
  share,
  detail,
}: {
  label: string;
  share: number | null;
  detail?: ReactNode;
}) {
  return (
    <div className={styles.row}>
      <div className={styles.head}>
        <span className={styles.label}>{label}</span>
        <span>
          {share === null ? <span className="b3-unknown">unknown</span> : formatPercent(share)}
        </span>
      </div>
      {share !== null && (
        <div className={styles.bar} aria-hidden="true">
          <div className={styles.level} style={{ width: `${Math.min(1, share) * 100}%` }} />
        </div>
      )}
      {detail && <span className={styles.detail}>{detail}</span>}
    </div>
  );
}
