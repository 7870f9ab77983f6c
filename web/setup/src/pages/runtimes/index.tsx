import { client, ok } from "@b3iq/shared/api/client.ts";
import type { Runtime } from "@b3iq/shared/api/types.ts";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { Page, Section } from "@b3iq/shared/kit/page.tsx";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "wouter";
import { useStatus } from "../../app/data";
import { useMay } from "../../app/session";
import { AddDialog } from "./add_dialog";
import { ProbeSection } from "./probe_section";
import { RuntimeCard } from "./runtime_card";
import styles from "./runtimes.module.css";

/** Load and queues are not told by events. */
const kRefreshMs = 5_000;

export default function RuntimesPage() {
  const may = useMay("operator");
  const [search, setSearch] = useSearchParams();
  const status = useStatus();
  const runtimes = useQuery({
    queryKey: ["runtimes"],
    queryFn: async ({ signal }) =>
      (await ok(client.GET("/setup/v1/runtimes", { signal }))).data as Runtime[],
    refetchInterval: kRefreshMs,
  });
  const adding = may && search.get("add") === "1";
  return (
    <Page
      title="Runtimes"
      about="What runs the models: the node's own workers, and servers that you connect. Calls go to the first in this order that has the model and can take them."
      actions={may && <Button onClick={() => setSearch({ add: "1" })}>Add a runtime</Button>}
    >
      <Loaded query={runtimes}>
        {(list) => (
          <>
            <Section title="In use">
              <div className={styles.runtimes}>
                {list.map((runtime) => (
                  <RuntimeCard
                    key={runtime.id}
                    runtime={runtime}
                    status={status.data?.runtimes.find((one) => one.id === runtime.id)}
                  />
                ))}
              </div>
            </Section>
            {may && <ProbeSection runtimes={list} />}
            {adding && <AddDialog runtimes={list} onClose={() => setSearch({})} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}
