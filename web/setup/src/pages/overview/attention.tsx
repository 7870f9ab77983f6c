import { Card } from "@b3iq/shared/kit/card.tsx";
import { withCode } from "@b3iq/shared/kit/error_notice.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Link } from "wouter";
import type { Blocker } from "./blockers";
import styles from "./overview.module.css";

/** What needs attention; null while that is not known yet. */
export function Attention({ blockers }: { blockers: Blocker[] | null }) {
  if (blockers === null) return null;
  if (blockers.length === 0) {
    return (
      <p className={styles.well}>
        <StatusDot tone="good">The node is well. Nothing needs you.</StatusDot>
      </p>
    );
  }
  return (
    <ul className={styles.blockers} aria-label="Needs attention">
      {blockers.map((blocker) => (
        <li key={blocker.id}>
          <Card
            title={blocker.title}
            tone={blocker.tone}
            actions={
              blocker.link && (
                <Link href={blocker.link.href} className={styles.link}>
                  Open {blocker.link.text}
                </Link>
              )
            }
          >
            <p className={styles.text}>{withCode(blocker.detail)}</p>
          </Card>
        </li>
      ))}
    </ul>
  );
}
