import type { Status } from "@b3iq/shared/api/types.ts";
import { CardGrid } from "@b3iq/shared/kit/card.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Page, Section } from "@b3iq/shared/kit/page.tsx";
import {
  useInventory,
  useKeys,
  useLiveCalls,
  useModelJobs,
  useModels,
  useRuntimes,
  useStatus,
} from "../../app/data";
import { useMay } from "../../app/session";
import { Attention } from "./attention";
import { blockersOf } from "./blockers";
import { Figures } from "./figures";
import { Identity } from "./identity";
import { MachineNow } from "./machine_now";
import { RuntimesNow } from "./runtimes_now";
import { SetupCard } from "./setup_card";

// The node reads its machine at most each half minute.
const kInventoryMs = 30_000;

export default function OverviewPage() {
  const mayOperate = useMay("operator");
  const status = useStatus();
  const inventory = useInventory(kInventoryMs);
  const runtimes = useRuntimes();
  const models = useModels();
  const jobs = useModelJobs();
  const keys = useKeys(mayOperate);
  const live = useLiveCalls();
  const error = status.error ?? runtimes.error ?? models.error ?? inventory.error;
  const known = runtimes.data !== undefined && models.data !== undefined;
  const blockers = known
    ? blockersOf({
        runtimes: runtimes.data,
        models: models.data,
        jobs: jobs.data ?? [],
        keys: keys.data ?? [],
        inventory: inventory.data,
        contentUntil: contentUntil(status.data),
      })
    : null;
  return (
    <Page title="Overview" about="Health, load and what needs attention.">
      <ErrorNotice error={error} onRetry={status.refetch} />
      {mayOperate && <SetupCard />}
      <Attention blockers={blockers} />
      <Figures
        status={status.data}
        models={models.data}
        keys={mayOperate ? keys.data : undefined}
        live={live.data}
      />
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

function contentUntil(status: Status | undefined): string | null {
  return (
    (status as { request_content_until?: string | null } | undefined)?.request_content_until ?? null
  );
}
