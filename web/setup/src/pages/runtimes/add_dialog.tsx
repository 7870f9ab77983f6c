import type { Runtime, RuntimeTest } from "@b3iq/shared/api/types.ts";
import { Dialog } from "@b3iq/shared/kit/dialog.tsx";
import { ErrorNotice, withCode } from "@b3iq/shared/kit/error_notice.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Button, NativeSelect, NumberInput, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { freeRuntimeId } from "../../parts/runtime_id";
import {
  chooseServer,
  faultOf,
  newDraft,
  type RuntimeDraft,
  requestOf,
  type Server,
  servers,
} from "./runtime_form";
import styles from "./runtimes.module.css";
import { useRuntimeActs } from "./use_runtime_acts";

/** Adds a server by its address. It is asked first; only one that answers right is added. */
export function AddDialog({ runtimes, onClose }: { runtimes: Runtime[]; onClose: () => void }) {
  const acts = useRuntimeActs();
  const [draft, setDraft] = useState(newDraft);
  const [fault, setFault] = useState("");
  const id = freeRuntimeId(draft.server, runtimes);
  const test = useMutation({ mutationFn: () => acts.test(requestOf(draft, id)) });
  const add = useMutation({
    mutationFn: () => acts.add(requestOf(draft, id)),
    onSuccess: onClose,
  });
  const change = (next: RuntimeDraft) => {
    setDraft(next);
    setFault("");
    test.reset();
    add.reset();
  };
  const tested = test.data !== undefined && test.data.error === null;
  const submit = () => {
    const wrong = faultOf(draft, runtimes);
    setFault(wrong);
    if (wrong) return;
    if (tested) add.mutate();
    else test.mutate();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Add a runtime"
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form="add-runtime" loading={test.isPending || add.isPending}>
            {tested ? "Add it" : "Test it"}
          </Button>
        </>
      }
    >
      <form
        id="add-runtime"
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Fields draft={draft} id={id} onChange={change} />
        {fault && (
          <p className={styles.fault} role="alert">
            {fault}
          </p>
        )}
        <div aria-live="polite">{test.data && <TestResult result={test.data} />}</div>
        <ErrorNotice error={add.error ?? test.error} />
      </form>
    </Dialog>
  );
}

function Fields({
  draft,
  id,
  onChange,
}: {
  draft: RuntimeDraft;
  id: string;
  onChange: (draft: RuntimeDraft) => void;
}) {
  const facts = servers[draft.server];
  return (
    <>
      <NativeSelect
        label="Server"
        value={draft.server}
        data={Object.entries(servers).map(([value, { name }]) => ({ value, label: name }))}
        onChange={(event) => onChange(chooseServer(draft, event.currentTarget.value as Server))}
      />
      <TextInput
        label="Address"
        description={facts.hint}
        inputMode="url"
        autoComplete="off"
        value={draft.address}
        onChange={(event) => onChange({ ...draft, address: event.currentTarget.value })}
      />
      <PasswordInput
        label="API key, if it wants one"
        description="Goes to this address only. The node keeps it in a file of its own and never shows it."
        autoComplete="off"
        value={draft.apiKey}
        onChange={(event) => onChange({ ...draft, apiKey: event.currentTarget.value })}
      />
      <details className={styles.more}>
        <summary>More</summary>
        <div className={styles.form}>
          <TextInput
            label="Name in this node"
            placeholder={id}
            autoComplete="off"
            value={draft.id}
            onChange={(event) => onChange({ ...draft, id: event.currentTarget.value })}
          />
          <NumberInput
            label="Calls at once"
            description="More wait in the node, fair between keys."
            placeholder="No limit"
            min={1}
            max={100_000}
            allowDecimal={false}
            value={draft.maxConcurrent ?? ""}
            onChange={(value) =>
              onChange({ ...draft, maxConcurrent: value === "" ? null : Number(value) })
            }
          />
        </div>
      </details>
    </>
  );
}

function TestResult({ result }: { result: RuntimeTest }) {
  if (result.error)
    return (
      <div className={styles.result} data-tone="bad">
        <StatusDot tone="bad">
          {result.reachable ? "It answers, but not as expected" : "It does not answer"}
        </StatusDot>
        <p>{withCode(result.error.detail)}</p>
        <p className={styles.small}>
          Code <code>{result.error.code}</code>
        </p>
      </div>
    );
  const count = result.models.length;
  return (
    <div className={styles.result} data-tone="good">
      <StatusDot tone="good">It answers{result.version && `, version ${result.version}`}</StatusDot>
      <p>
        {count === 0
          ? "It offers no model yet. You can add it now and load one there later."
          : `It offers ${count === 1 ? "one model" : `${count} models`}: ${shortList(result.models)}.`}
      </p>
    </div>
  );
}

const kShown = 8;

function shortList(names: string[]): string {
  const rest = names.length - kShown;
  return rest > 0 ? `${names.slice(0, kShown).join(", ")} and ${rest} more` : names.join(", ");
}
