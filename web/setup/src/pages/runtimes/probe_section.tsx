import { client, ok } from "@b3iq/shared/api/client.ts";
import type { FoundRuntime, NewRuntime, Runtime } from "@b3iq/shared/api/types.ts";
import { Card, CardGrid } from "@b3iq/shared/kit/card.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { freeRuntimeId } from "../../parts/runtime_id";
import { runtimeKindName } from "../../parts/runtime_words";
import styles from "./runtimes.module.css";
import { useRuntimeActs } from "./use_runtime_acts";

/** Asks the usual ports of this machine, and adds what is found with one click. */
export function ProbeSection({
  runtimes,
  atOnce = false,
}: {
  runtimes: Runtime[];
  /** Looks without being asked. */
  atOnce?: boolean;
}) {
  const probe = useMutation({
    mutationFn: async () => (await ok(client.POST("/setup/v1/runtimes/probe"))).data,
  });
  const { mutate: look } = probe;
  useEffect(() => {
    if (atOnce) look();
  }, [atOnce, look]);
  return (
    <Section
      title="On this machine"
      about="Asks the usual ports of Ollama, LM Studio, llama-server, vLLM and SGLang on 127.0.0.1. Nothing is sent but questions."
      actions={
        <Button variant="default" loading={probe.isPending} onClick={() => probe.mutate()}>
          {probe.data ? "Look again" : "Look for runtimes"}
        </Button>
      }
    >
      <ErrorNotice error={probe.error} onRetry={() => probe.mutate()} />
      <div aria-live="polite">
        {probe.data?.length === 0 && (
          <EmptyState title="No other runtime answers here">
            Start one and look again. A server that wants a key, or has a port of its own, is not
            recognized: add it by hand.
          </EmptyState>
        )}
        {probe.data && probe.data.length > 0 && (
          <CardGrid min="20rem">
            {probe.data.map((found) => (
              <Found key={found.base_url} found={found} runtimes={runtimes} />
            ))}
          </CardGrid>
        )}
      </div>
    </Section>
  );
}

function Found({ found, runtimes }: { found: FoundRuntime; runtimes: Runtime[] }) {
  const acts = useRuntimeActs();
  const name = runtimeKindName(found.kind, found.profile);
  const used = runtimes.some((runtime) => runtime.base_url === found.base_url);
  const add = useMutation({
    mutationFn: () =>
      acts.add({
        id: freeRuntimeId(found.profile ?? found.kind, runtimes),
        kind: found.kind as NewRuntime["kind"],
        base_url: found.base_url,
        ...(found.profile && { profile: found.profile as NewRuntime["profile"] }),
      }),
  });
  return (
    <Card
      title={name}
      actions={
        used ? (
          <StatusDot tone="good">in use</StatusDot>
        ) : (
          <Button
            size="xs"
            loading={add.isPending}
            aria-label={`Add ${name} at ${found.base_url}`}
            onClick={() => add.mutate()}
          >
            Add
          </Button>
        )
      }
    >
      <p className={styles.soft}>
        <code>{found.base_url}</code>
        {found.version && `, version ${found.version}`}
      </p>
      <p className={styles.text}>
        {found.models.length > 0 ? found.models.join(", ") : "It offers no model yet."}
      </p>
      <ErrorNotice error={add.error} />
    </Card>
  );
}
