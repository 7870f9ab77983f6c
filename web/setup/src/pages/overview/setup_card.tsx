import { Card } from "@b3iq/shared/kit/card.tsx";
import { Button } from "@mantine/core";
import { Link } from "wouter";
import { steps } from "../start/steps";
import { useNextStep } from "../start/use_next_step";
import styles from "./overview.module.css";

/** Until the first run is done: where it goes on. */
export function SetupCard() {
  const next = useNextStep();
  if (!next) return null;
  const left = steps.slice(steps.findIndex((step) => step.name === next));
  return (
    <Card
      title="Finish setting up"
      tone="accent"
      actions={
        <Button component={Link} href="/start">
          Go on
        </Button>
      }
    >
      <p className={styles.text}>
        Next: {left.map((step) => step.title.toLowerCase()).join(", ")}.
      </p>
    </Card>
  );
}
