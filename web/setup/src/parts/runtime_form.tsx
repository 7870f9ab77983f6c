import { client, ok } from "@b3iq/shared/api/client.ts";
import type { RuntimeTest } from "@b3iq/shared/api/types.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { ErrorNotice, withCode } from "@b3iq/shared/kit/error_notice.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Button, NativeSelect, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useRuntimes } from "../app/data";
import styles from "./runtime_form.module.css";
import { freeRuntimeId } from "./runtime_id";
import { type AddedKind, addedKinds } from "./runtime_words";

const kAddresses: Record<AddedKind, string> = {
  ollama: "http://127.0.0.1:11434",
  vllm: "http://127.0.0.1:8000/v1",
  sglang: "http://127.0.0.1:30000/v1",
  openai: "http://127.0.0.1:8080/v1",
};

/** Adds a runtime by its address. It is tried first; nothing is added by trying. */
export function RuntimeForm({ onDone }: { onDone: () => void }) {
  const notify = useNotify();
  const cache = useQueryClient();
  const runtimes = useRuntimes().data ?? [];
  const [kind, setKind] = useState<AddedKind>("ollama");
  const [address, setAddress] = useState(kAddresses.ollama);
  const [apiKey, setApiKey] = useState("");
  const target = { kind, base_url: address.trim(), ...(apiKey ? { api_key: apiKey } : {}) };
  const test = useMutation({
    mutationFn: () => ok(client.POST("/setup/v1/runtimes/test", { body: target })),
  });
  const add = useMutation({
    mutationFn: () =>
      ok(
        client.POST("/setup/v1/runtimes", {
          body: { ...target, id: freeRuntimeId(kind, runtimes) },
        }),
      ),
    onSuccess: () => {
      setApiKey("");
      notify("Runtime added");
      for (const name of ["runtimes", "models", "status"]) {
        cache.invalidateQueries({ queryKey: [name] });
      }
      onDone();
    },
  });
  return (
    <Card>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <NativeSelect
          label="Kind"
          value={kind}
          data={Object.entries(addedKinds).map(([value, label]) => ({ value, label }))}
          onChange={(event) => {
            const next = event.currentTarget.value as AddedKind;
            setKind(next);
            setAddress(kAddresses[next]);
            test.reset();
          }}
        />
        <TextInput
          label="Address"
          required
          inputMode="url"
          value={address}
          onChange={(event) => {
            setAddress(event.currentTarget.value);
            test.reset();
          }}
        />
        <PasswordInput
          label="API key, if it wants one"
          description="The node keeps it in a file that only it can read."
          autoComplete="off"
          value={apiKey}
          onChange={(event) => setApiKey(event.currentTarget.value)}
        />
        <div aria-live="polite">{test.data && <TestResult result={test.data} />}</div>
        <ErrorNotice error={add.error ?? test.error} />
        <div className={styles.acts}>
          <Button type="submit" loading={add.isPending}>
            Add
          </Button>
          <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
            Try it
          </Button>
          <Button variant="subtle" onClick={onDone}>
            Cancel
          </Button>
        </div>
      </form>
    </Card>
  );
}

function TestResult({ result }: { result: RuntimeTest }) {
  if (!result.reachable) {
    return (
      <StatusDot tone="bad">
        {withCode(result.error?.detail ?? "It does not answer.")} <code>{result.error?.code}</code>
      </StatusDot>
    );
  }
  const models =
    result.models.length > 0 ? `It offers ${result.models.join(", ")}.` : "It offers no model yet.";
  return (
    <StatusDot tone="good">
      It answers{result.version ? `, version ${result.version}` : ""}. {models}
    </StatusDot>
  );
}
