import { client, ok } from "@b3iq/shared/api/client.ts";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useRuntimes } from "../../app/data";
import { FoundRuntimeCard, RuntimeCard } from "../../parts/runtime_cards";
import { RuntimeForm } from "../../parts/runtime_form";
import { StartFrame } from "./frame";
import styles from "./step.module.css";
import { Way } from "./way";

export default function RuntimeStep() {
  const runtimes = useRuntimes();
  const [adding, setAdding] = useState(false);
  return (
    <StartFrame
      step="runtime"
      title="What runs the models"
      about="The built-in runtime needs nothing else and is enough to begin. A node can also use a runtime that you already have, such as Ollama, vLLM, llama-server or LM Studio."
      footer={
        <Way from="runtime" ready={runtimes.data?.some((one) => one.state === "ready")} skip />
      }
    >
      <Section title="In use">
        <Loaded query={runtimes}>
          {(all) => (
            <div className={styles.list}>
              {all.map((runtime) => (
                <RuntimeCard key={runtime.id} runtime={runtime} />
              ))}
            </div>
          )}
        </Loaded>
      </Section>
      <Found />
      <Section
        title="Another one"
        about="On this machine or on another one that you trust: prompts go there."
        actions={
          !adding && (
            <Button variant="default" onClick={() => setAdding(true)}>
              Add by address
            </Button>
          )
        }
      >
        {adding && <RuntimeForm onDone={() => setAdding(false)} />}
      </Section>
    </StartFrame>
  );
}

function Found() {
  const probe = useQuery({
    queryKey: ["runtimes", "probe"],
    queryFn: async ({ signal }) =>
      (await ok(client.POST("/setup/v1/runtimes/probe", { signal }))).data,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  return (
    <Section
      title="Found on this machine"
      actions={
        <Button variant="default" loading={probe.isFetching} onClick={() => probe.refetch()}>
          Look again
        </Button>
      }
    >
      <Loaded query={probe}>
        {(found) =>
          found.length === 0 ? (
            <EmptyState title="No other runtime answers here">
              Start Ollama, llama-server, LM Studio, vLLM or SGLang on this machine, then look
              again.
            </EmptyState>
          ) : (
            <div className={styles.list}>
              {found.map((runtime) => (
                <FoundRuntimeCard key={runtime.base_url} found={runtime} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Section>
  );
}
