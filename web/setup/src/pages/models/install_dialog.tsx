import type { Runtime } from "@b3iq/shared/api/types.ts";
import { Dialog } from "@b3iq/shared/kit/dialog.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Button, NativeSelect, NumberInput, SegmentedControl, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { useRuntimes } from "../../app/data";
import { emptyForm, faultOf, type InstallForm, jobOf, type Source } from "./install_form";
import styles from "./models.module.css";
import { useModelActs } from "./use_model_acts";

type Change = (change: Partial<InstallForm>) => void;

/** A model from an address, a file of the node's machine, or Ollama's own library. */
export default function InstallDialog({ onClose }: { onClose: () => void }) {
  const acts = useModelActs();
  const [, go] = useLocation();
  const ollamas = (useRuntimes().data ?? []).filter((runtime) => runtime.kind === "ollama");
  const [form, setForm] = useState(emptyForm);
  const [tried, setTried] = useState(false);
  const change: Change = (part) => setForm({ ...form, ...part });
  const filled = { ...form, runtime: form.runtime || (ollamas[0]?.id ?? "") };
  const fault = faultOf(filled);
  const begin = useMutation({
    mutationFn: () => acts.begin(jobOf(filled)),
    onSuccess: () => {
      onClose();
      go("/models?tab=jobs");
    },
  });
  const noOllama = form.source === "pull" && ollamas.length === 0;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Install a model"
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form="install-model" loading={begin.isPending} disabled={noOllama}>
            {form.source === "pull" ? "Pull" : "Install"}
          </Button>
        </>
      }
    >
      <form
        id="install-model"
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (!fault) begin.mutate();
        }}
      >
        <SegmentedControl
          aria-label="Where it comes from"
          fullWidth
          value={form.source}
          data={[
            { value: "url", label: "Address" },
            { value: "path", label: "File" },
            { value: "pull", label: "Ollama" },
          ]}
          onChange={(value) => {
            setTried(false);
            begin.reset();
            change({ source: value as Source });
          }}
        />
        {form.source === "pull" ? (
          <PullFields form={filled} ollamas={ollamas} change={change} />
        ) : (
          <FileFields form={form} change={change} />
        )}
        {tried && fault && (
          <p className={styles.faultText} role="alert">
            {fault}
          </p>
        )}
        <ErrorNotice error={begin.error} />
      </form>
    </Dialog>
  );
}

function FileFields({ form, change }: { form: InstallForm; change: Change }) {
  return (
    <>
      {form.source === "url" ? (
        <TextInput
          label="Address of a GGUF file"
          description="A token in it is kept to go on after a restart, and not shown again."
          placeholder="https://example.org/model-Q4_K_M.gguf"
          inputMode="url"
          autoComplete="off"
          value={form.url}
          onChange={(event) => change({ url: event.currentTarget.value })}
        />
      ) : (
        <TextInput
          label="File on the node's machine"
          description="Not on the one in front of you, if that is another. The file is copied; the original stays."
          placeholder="/home/me/models/model-Q4_K_M.gguf"
          autoComplete="off"
          value={form.path}
          onChange={(event) => change({ path: event.currentTarget.value })}
        />
      )}
      <TextInput
        label="Name, if not the file's"
        description="What programs write as the model."
        autoComplete="off"
        value={form.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <TextInput
        label="SHA-256, if you know it"
        description="The file is refused when its checksum is another."
        autoComplete="off"
        value={form.sha256}
        onChange={(event) => change({ sha256: event.currentTarget.value })}
      />
      {form.source === "url" && (
        <NumberInput
          label="At most MiB a second"
          placeholder="As fast as it comes"
          min={0.1}
          decimalScale={1}
          value={form.rate ?? ""}
          onChange={(value) => change({ rate: value === "" ? null : Number(value) })}
        />
      )}
    </>
  );
}

function PullFields({
  form,
  ollamas,
  change,
}: {
  form: InstallForm;
  ollamas: Runtime[];
  change: Change;
}) {
  if (ollamas.length === 0)
    return (
      <p className={styles.soft}>
        This node knows no Ollama. Start Ollama, then{" "}
        <Link href="/runtimes?add=1">add it under Runtimes</Link>.
      </p>
    );
  return (
    <>
      {ollamas.length > 1 && (
        <NativeSelect
          label="Which Ollama"
          value={form.runtime}
          data={ollamas.map((runtime) => runtime.id)}
          onChange={(event) => change({ runtime: event.currentTarget.value })}
        />
      )}
      <TextInput
        label="Model"
        description="As in Ollama's library. It goes into Ollama's own store, not into this node's folder."
        placeholder="llama3.2:3b"
        autoComplete="off"
        value={form.pullName}
        onChange={(event) => change({ pullName: event.currentTarget.value })}
      />
    </>
  );
}
