import type { Runtime } from "@b3iq/shared/api/types.ts";
import { Card, Facts } from "@b3iq/shared/kit/card.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import type React from "react";
import { runtimeKindName, runtimeTitle, runtimeTone } from "./runtime_words";

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
