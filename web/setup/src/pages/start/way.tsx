import { Button } from "@mantine/core";
import { Link, useLocation } from "wouter";
import { type StepName, stepPath, steps } from "./steps";

/** Back and on. `skip`: leaving the step undone is fine. */
export function Way({
  from,
  ready = true,
  skip = false,
  label = "Continue",
  keep = "",
}: {
  from: StepName;
  ready?: boolean;
  skip?: boolean;
  label?: string;
  /** More of the address for the next step: `&model=…`. */
  keep?: string;
}) {
  const [, go] = useLocation();
  const at = steps.findIndex((step) => step.name === from);
  const back = steps[at - 1];
  const next = steps[at + 1];
  const to = next ? stepPath(next.name) + keep : "/";
  return (
    <>
      {back && back.name !== "claim" ? (
        <Button variant="default" component={Link} href={stepPath(back.name)}>
          Back
        </Button>
      ) : (
        <span />
      )}
      {skip && !ready && (
        <Button variant="subtle" onClick={() => go(to)}>
          Skip
        </Button>
      )}
      <Button disabled={!ready} onClick={() => go(to)}>
        {label}
      </Button>
    </>
  );
}
