import type { Key } from "@b3iq/shared/api/types.ts";
import { Facts } from "@b3iq/shared/kit/card.tsx";
import { CopyButton } from "@b3iq/shared/kit/copy_block.tsx";
import { ConfirmDialog, Dialog } from "@b3iq/shared/kit/dialog.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { formatBytes, formatNumber } from "@b3iq/shared/kit/formats.ts";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { RelativeTime } from "@b3iq/shared/kit/values.tsx";
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { useKeys } from "../../app/data";
import { useMay } from "../../app/session";
import { licenseName } from "../../parts/model_words";
import {
  capabilityWords,
  type ModelRow,
  parameterWords,
  runtimeName,
  stateOf,
} from "./merged_models";
import styles from "./models.module.css";
import { useModelActs } from "./use_model_acts";

/** Everything that is known of one model, and what can be done with it. */
export function ModelDialog({ row, onClose }: { row: ModelRow; onClose: () => void }) {
  const may = useMay("operator");
  const acts = useModelActs();
  const [removing, setRemoving] = useState(false);
  const keys = (useKeys().data ?? []).filter(
    (key) => key.status === "active" && key.models.includes(row.id),
  );
  const measure = useMutation({
    mutationFn: () => acts.begin({ kind: "benchmark", model: row.id }),
    onSuccess: onClose,
  });
  const remove = async () => {
    await acts.remove(row.id);
    onClose();
  };
  return (
    <>
      <Dialog
        open={!removing}
        onClose={onClose}
        title={row.id}
        size="wide"
        footer={
          <>
            {may && row.installed && (
              <Button variant="outline" color="red" onClick={() => setRemoving(true)}>
                Remove…
              </Button>
            )}
            {may && row.capabilities.includes("chat") && (
              <Button
                variant="default"
                loading={measure.isPending}
                onClick={() => measure.mutate()}
              >
                Measure its speed
              </Button>
            )}
            {may && row.capabilities.includes("chat") && (
              <Button component={Link} href={`/playground?model=${encodeURIComponent(row.id)}`}>
                Try it
              </Button>
            )}
          </>
        }
      >
        <Facts rows={factsOf(row, keys)} />
        <ErrorNotice error={measure.error} />
      </Dialog>
      <ConfirmDialog
        open={removing}
        onClose={() => setRemoving(false)}
        title={`Remove ${row.id}?`}
        confirm="Remove the model"
        danger
        onConfirm={remove}
      >
        <RemoveConsequences row={row} keys={keys} />
      </ConfirmDialog>
    </>
  );
}

function factsOf(row: ModelRow, keys: Key[]): [string, ReactNode | null][] {
  const [tone, words] = stateOf(row);
  const { installed } = row;
  const rows: [string, ReactNode | null][] = [
    [
      "State",
      <StatusDot key="state" tone={tone}>
        {words}
      </StatusDot>,
    ],
    ["Good for", capabilityWords(row.capabilities).join(", ") || null],
    ["Runs on", row.runtimes.map(runtimeName).join(", ") || null],
  ];
  if (row.aliases.length > 0) rows.push(["Also called", row.aliases.join(", ")]);
  rows.push(
    ["Context", row.contextTokens === null ? null : `${formatNumber(row.contextTokens)} tokens`],
    ["Disk", row.diskBytes === null ? null : formatBytes(row.diskBytes)],
  );
  if (keys.length > 0) rows.push(["Keys limited to it", keys.map((key) => key.name).join(", ")]);
  if (!installed) return rows;
  return [
    ...rows,
    ["Memory", memoryWords(row)],
    ["Parameters", installed.parameters === null ? null : parameterWords(installed.parameters)],
    ["Architecture", `${installed.architecture}, ${installed.quantization}`],
    ["Trained for", trained(installed.trained_context_tokens)],
    ["License", installed.license ? licenseName(installed.license) : null],
    ["Installed", <RelativeTime key="at" time={installed.installed_at} />],
    ["From", installed.source],
    [
      "SHA-256",
      <span key="sum" className={styles.sum}>
        <code>{installed.sha256}</code> <CopyButton text={installed.sha256} />
      </span>,
    ],
  ];
}

function memoryWords(row: ModelRow): string | null {
  if (row.memoryBytes === null) return null;
  const bytes = formatBytes(row.memoryBytes);
  return row.memoryMeasured
    ? `${bytes}, measured here`
    : `about ${bytes}, worked out from the file`;
}

function trained(tokens: number | null): string | null {
  return tokens === null ? null : `${formatNumber(tokens)} tokens of context`;
}

function RemoveConsequences({ row, keys }: { row: ModelRow; keys: Key[] }) {
  const elsewhere = row.runtimes.filter((runtime) => runtime !== "installed");
  return (
    <>
      <p>
        {row.diskBytes !== null &&
          `This deletes its file and frees ${formatBytes(row.diskBytes)}. `}
        It cannot be undone; you can install the model again from its source.
      </p>
      {elsewhere.length > 0 ? (
        <p>{elsewhere.join(", ")} offers the same name: calls go there from then on.</p>
      ) : (
        <p>
          Calls for {[row.id, ...row.aliases].join(", ")} will get the error{" "}
          <code>model_not_found</code>.
        </p>
      )}
      {keys.length > 0 && (
        <p>
          Keys that are limited to it, or to a few models with it:{" "}
          {keys.map((key) => key.name).join(", ")}. One that may use nothing else can do nothing
          then.
        </p>
      )}
      {row.calls.length > 0 && (
        <p>
          {row.calls.length === 1 ? "A call runs" : `${row.calls.length} calls run`} on it now, so
          the node will refuse until that has ended.
        </p>
      )}
      <p>Its receipts and usage stay.</p>
    </>
  );
}
