import { CardGrid } from "@b3iq/shared/kit/card.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Page, Section } from "@b3iq/shared/kit/page.tsx";
import { lazy, Suspense } from "react";
import {
  useInventory,
  useKeys,
  useLiveCalls,
  useModelJobs,
  useModels,
  useRuntimes,
  useStatus,
} from "../../app/data";
import { useConnection } from "../../app/events";
import { useMay } from "../../app/session";
import { Attention } from "./attention";
import { blockersOf } from "./blockers";
import { Figures } from "./figures";
import { Identity } from "./identity";
import { MachineNow } from "./machine_now";
import { RuntimesNow } from "./runtimes_now";
import { SetupCard } from "./setup_card";

const LiveCalls = lazy(() =>
  import("../requests/live_calls").then(({ LiveCalls }) => ({ default: LiveCalls })),
);

// The node reads its machine at most each half minute.
const kInventoryMs = 30_000;

export default function OverviewPage() {
  const mayOperate = useMay("operator");
  const status = useStatus();
  const inventory = useInventory(kInventoryMs);
  const runtimes = useRuntimes();
  const models = useModels();
  const jobs = useModelJobs();
  const keys = useKeys();
  const live = useLiveCalls();
  const error = status.error ?? runtimes.error ?? models.error ?? inventory.error;
  // What was read before the node fell silent says nothing about now.
  const lost = useConnection() === "lost";
  const known = !lost && runtimes.data !== undefined && models.data !== undefined;
  const blockers = known
    ? blockersOf({
        runtimes: runtimes.data,
        models: models.data,
        jobs: jobs.data ?? [],
        keys: keys.data ?? [],
        inventory: inventory.data,
        contentUntil: status.data?.request_content_until ?? null,
      })
    : null;
  return (
    <Page title="Overview" about="Health, load and what needs attention.">
      <ErrorNotice error={lost ? null : error} onRetry={status.refetch} />
      {mayOperate && <SetupCard />}
      <Attention blockers={blockers} />
      <Figures
        status={status.data}
        models={models.data}
        keys={keys.data}
        live={lost ? undefined : live.data}
        lost={lost}
      />
      {!lost && live.data && live.data.length > 0 && (
        <Suspense fallback={null}>
          <LiveCalls />
        </Suspense>
      )}
      <CardGrid min="26rem">
        <Section title="Machine now">
          <MachineNow inventory={inventory.data?.inventory} />
        </Section>
        <Section title="Runtimes">
          <RuntimesNow runtimes={runtimes.data} />
        </Section>
      </CardGrid>
      <Section title="This node">
        <Identity status={status.data} />
      </Section>
    </Page>
  );
}
