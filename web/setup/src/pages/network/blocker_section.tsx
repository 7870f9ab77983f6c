import type { Enrollment } from "@b3iq/shared/api/types.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import styles from "./network.module.css";

type Blocker = Enrollment["blockers"][number];

/** Everything that keeps routed work away, as far as this node can know, with what to do. */
export function BlockerSection({ enrollment }: { enrollment: Enrollment }) {
  const models = enrollment.models.filter((model) => model.blockers.length > 0);
  return (
    <Section
      title="Readiness"
      about="What keeps work of the network from this node, all of it. None of this touches what you and those with your keys do."
    >
      <Card title="Node">
        {enrollment.blockers.length > 0 ? (
          <BlockerList blockers={enrollment.blockers} />
        ) : (
          <p className={styles.text}>Nothing that this node knows of.</p>
        )}
      </Card>
      {models.map((model) => (
        <Card key={model.id} title={model.id}>
          <BlockerList blockers={model.blockers} />
        </Card>
      ))}
    </Section>
  );
}

function BlockerList({ blockers }: { blockers: Blocker[] }) {
  return (
    <ul className={styles.list}>
      {blockers.map((blocker) => (
        <li key={blocker.code}>
          <span>
            <code>{blocker.code}</code> {blocker.message}
          </span>
          <span className={styles.soft}>{blocker.next_action}</span>
        </li>
      ))}
    </ul>
  );
}
