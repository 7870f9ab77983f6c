import type { Runtime, Status } from "@b3iq/shared/api/types.ts";
import { Card, Facts } from "@b3iq/shared/kit/card.tsx";
import { ConfirmDialog } from "@b3iq/shared/kit/dialog.tsx";
import { withCode } from "@b3iq/shared/kit/error_notice.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Button } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useMay } from "../../app/session";
import { runtimeKindName, runtimeTitle } from "../../parts/runtime_words";
import {
  breakerWords,
  loadWords,
  ownLoadWords,
  runtimeFix,
  runtimeState,
  sentence,
} from "./runtime_facts";
import styles from "./runtimes.module.css";
import { useRuntimeActs } from "./use_runtime_acts";

export function RuntimeCard({
  runtime,
  status,
}: {
  runtime: Runtime;
  /** What the node's status says of it besides. */
  status: Status["runtimes"][number] | undefined;
}) {
  const [tone, words] = runtimeState(runtime, status);
  const away = runtime.state === "unreachable";
  const open = runtime.breaker === "open";
  return (
    <Card
      title={runtimeTitle(runtime)}
      tone={open ? "warn" : away ? "bad" : "plain"}
      actions={<StatusDot tone={tone}>{words}</StatusDot>}
    >
      {(away || open) && (
        <div className={styles.trouble}>
          {runtime.detail && <p>{withCode(sentence(runtime.detail))}</p>}
          {open && <p>{breakerWords(status)}</p>}
          <p>{withCode(runtimeFix(runtime))}</p>
        </div>
      )}
      <Facts rows={factsOf(runtime)} />
      <Models names={runtime.models} />
      <RemoveButton runtime={runtime} />
    </Card>
  );
}

function factsOf(runtime: Runtime): [string, ReactNode | null][] {
  const rows: [string, ReactNode | null][] = [];
  if (runtime.kind !== "embedded") rows.push(["Kind", runtimeKindName(runtime.kind)]);
  if (runtime.base_url) rows.push(["Address", <code key="address">{runtime.base_url}</code>]);
  if (runtime.kind !== "embedded" || runtime.version) rows.push(["Version", runtime.version]);
  rows.push(["Calls of this node", loadWords(runtime)]);
  const own = ownLoadWords(runtime);
  if (runtime.kind !== "embedded") rows.push(["Its own load", own]);
  rows.push(["Comes from", runtime.source === "built_in" ? "the node itself" : "config.json"]);
  return rows;
}

const kFewModels = 6;

function Models({ names }: { names: string[] }) {
  const [all, setAll] = useState(false);
  if (names.length === 0) return <p className={styles.soft}>It offers no model now.</p>;
  const shown = all ? names : names.slice(0, kFewModels);
  return (
    <div>
      <p className={styles.soft}>{names.length === 1 ? "Model" : `${names.length} models`}</p>
      <ul className={styles.models}>
        {shown.map((name) => (
          <li key={name}>{name}</li>
        ))}
        {names.length > shown.length && (
          <li>
            <button type="button" onClick={() => setAll(true)}>
              {names.length - shown.length} more
            </button>
          </li>
        )}
      </ul>
    </div>
  );
}

function RemoveButton({ runtime }: { runtime: Runtime }) {
  const may = useMay("operator");
  const acts = useRuntimeActs();
  const [asking, setAsking] = useState(false);
  if (!may || !runtime.removable) return null;
  const calls = runtime.calls_running + runtime.calls_waiting;
  return (
    <div>
      <Button
        size="xs"
        variant="default"
        aria-label={`Remove ${runtime.id}`}
        onClick={() => setAsking(true)}
      >
        Remove…
      </Button>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title={`Remove ${runtime.id}?`}
        confirm="Remove the runtime"
        danger
        onConfirm={() => acts.remove(runtime.id)}
      >
        <p>
          The node forgets its address and key, and stops sending calls to it. The server itself and
          its models stay as they are.
        </p>
        {runtime.models.length > 0 && (
          <p>
            Calls for {runtime.models.slice(0, kFewModels).join(", ")}
            {runtime.models.length > kFewModels && " and others"} get <code>model_not_found</code>{" "}
            unless another runtime has the model.
          </p>
        )}
        {calls > 0 && (
          <p>
            {calls === 1 ? "A call is" : `${calls} calls are`} with it now, so the node will refuse
            until that has ended.
          </p>
        )}
      </ConfirmDialog>
    </div>
  );
}
