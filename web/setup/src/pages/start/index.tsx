// The first run after the claim. Where it goes on is worked out from the node's own state; the step
// that is shown stands in the address, so a reload comes back to it.
import { Loading } from "@b3iq/shared/kit/loading.tsx";
import { lazy, Suspense } from "react";
import { Redirect, useSearch } from "wouter";
import { useNodeEvents } from "../../app/events";
import { useJobNotices } from "../../app/job_notices";
import { isStep, stepPath } from "./steps";
import { useNextStep } from "./use_next_step";

const pages = {
  hardware: lazy(() => import("./hardware_step")),
  runtime: lazy(() => import("./runtime_step")),
  model: lazy(() => import("./model_step")),
  key: lazy(() => import("./key_step")),
  chat: lazy(() => import("./chat_step")),
};

export default function StartPage() {
  useNodeEvents();
  useJobNotices();
  const step = new URLSearchParams(useSearch()).get("step");
  if (!isStep(step)) return <GoOn />;
  const Step = pages[step];
  return (
    <Suspense fallback={<Loading />}>
      <Step />
    </Suspense>
  );
}

function GoOn() {
  const next = useNextStep();
  if (next === undefined) return <Loading />;
  return <Redirect to={next ? stepPath(next) : "/"} replace />;
}
