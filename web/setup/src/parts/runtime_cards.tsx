import { client, ok } from "@b3iq/shared/api/client.ts";
import type { FoundRuntime, Runtime } from "@b3iq/shared/api/types.ts";
import { Card, Facts } from "@b3iq/shared/kit/card.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type React from "react";
import { useRuntimes } from "../app/data";
import { freeRuntimeId } from "./runtime_id";
import { type AddedKind, runtimeKindName, runtimeTitle, runtimeTone } from "./runtime_words";

export function RuntimeCard({ runtime }: { runtime: Runtime }) {
  const [tone, words] = runtimeTone(runtime);
  return (
    <Card
      title={runtimeTitle(runtime)}
      actions={<StatusDot tone={tone}>{words}</StatusDot>}
      tone={tone === "bad" ? "bad" : "plain"}
    >
      <Facts
        rows={[
          ...(runtime.kind === "embedded"
            ? []
            : [["Kind", runtimeKindName(runtime.kind)] as [string, React.ReactNode]]),
          ...(runtime.base_url
            ? [["Address", <code key="at">{runtime.base_url}</code>] as [string, React.ReactNode]]
            : []),
          ["Models", runtime.models.length > 0 ? runtime.models.join(", ") : "none yet"],
          ...(runtime.detail && runtime.models.length > 0
            ? [["Says", runtime.detail] as [string, string]]
            : []),
        ]}
      />
    </Card>
  );
}

/** A runtime that the node has found and does not use yet. */
export function FoundRuntimeCard({ found }: { found: FoundRuntime }) {
  const notify = useNotify();
  const cache = useQueryClient();
  const runtimes = useRuntimes().data ?? [];
  const used = runtimes.some((runtime) => runtime.base_url === found.base_url);
  const add = useMutation({
    mutationFn: () =>
      ok(
        client.POST("/setup/v1/runtimes", {
          body: {
            id: freeRuntimeId(found.profile ?? found.kind, runtimes),
            kind: found.kind as AddedKind,
            base_url: found.base_url,
            profile: (found.profile ?? undefined) as "lmstudio" | "llama-server" | undefined,
          },
        }),
      ),
    onSuccess: () => {
      notify(`${runtimeKindName(found.kind, found.profile)} added`);
      for (const name of ["runtimes", "models", "status"]) {
        cache.invalidateQueries({
          queryKey: [name],
          predicate: ({ queryKey }) => queryKey[1] !== "probe",
        });
      }
    },
  });
  return (
    <Card
      title={runtimeKindName(found.kind, found.profile)}
      actions={
        used ? (
          <StatusDot tone="good">in use</StatusDot>
        ) : (
          <Button size="xs" loading={add.isPending} onClick={() => add.mutate()}>
            Use it
          </Button>
        )
      }
    >
      <Facts
        rows={[
          ["Address", <code key="at">{found.base_url}</code>],
          ["Version", found.version],
          ["Models", found.models.length > 0 ? found.models.join(", ") : "none"],
        ]}
      />
      <ErrorNotice error={add.error} />
    </Card>
  );
}
