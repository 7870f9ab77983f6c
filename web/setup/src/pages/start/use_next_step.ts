import { client, ok } from "@b3iq/shared/api/client.ts";
import { useQuery } from "@tanstack/react-query";
import { useInstalledModels, useKeys, useModelJobs, useRuntimes } from "../../app/data";
import { nextStep, type StepName } from "./steps";

/** The step to go on with; null: all is done; undefined: not known yet. */
export function useNextStep(): StepName | null | undefined {
  const keys = useKeys().data;
  const jobs = useModelJobs().data;
  const installed = useInstalledModels().data;
  const runtimes = useRuntimes().data;
  const receipts = useQuery({
    queryKey: ["receipts", "any"],
    queryFn: ({ signal }) =>
      ok(client.GET("/v1/receipts", { params: { query: { limit: 1 } }, signal })),
  }).data;
  if (!keys || !jobs || !installed || !runtimes || !receipts) return undefined;
  return nextStep({
    installed: installed.data.length,
    added: runtimes.filter((runtime) => runtime.source === "config" && runtime.removable).length,
    jobs,
    keys,
    requests: receipts.data.length,
  });
}
