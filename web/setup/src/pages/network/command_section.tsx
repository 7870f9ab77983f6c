import type { Enrollment } from "@b3iq/shared/api/types.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { ProgressRow } from "@b3iq/shared/kit/progress_row.tsx";
import styles from "./network.module.css";

/** What the control plane may have this node do, and what of it runs. */
export function CommandSection({ commands }: { commands: Enrollment["commands"] }) {
  return (
    <Section
      title="Commands"
      about="A closed list: no command carries a program, a path or an address. What is not allowed is refused, and stands in the audit log like what was done."
    >
      <Card title="Allowed">
        <p className={styles.text}>
          {commands.allowed.length > 0 ? (
            commands.allowed.map((kind, index) => (
              <span key={kind}>
                {index > 0 && ", "}
                <code>{kind}</code>
              </span>
            ))
          ) : (
            <>none</>
          )}
        </p>
        <p className={styles.soft}>
          Changed by <code>managed.allowed_commands</code> in the settings, and at the enrollment.
        </p>
      </Card>
      {commands.running.length > 0 && (
        <Card title="Running now">
          {commands.running.map((command) => (
            <ProgressRow
              key={command.id}
              label={command.kind}
              share={command.total > 0 ? command.done / command.total : null}
              detail={command.phase}
            />
          ))}
        </Card>
      )}
    </Section>
  );
}
