import { client, ok } from "@b3iq/shared/api/client.ts";
import { asApiError } from "@b3iq/shared/api/errors.ts";
import type { CreatedKey } from "@b3iq/shared/api/types.ts";
import { Dialog } from "@b3iq/shared/kit/dialog.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Button, Checkbox, NativeSelect, NumberInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useKeys } from "../../app/data";
import { type Draft, draftOf, expiries, kEmptyDraft, specOf } from "./key_draft";
import { type Period, presets, scopes } from "./key_rules";
import styles from "./keys.module.css";
import { ModelChoice } from "./model_choice";

export function MakeKey({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (key: CreatedKey) => void;
}) {
  const form = useId();
  const [draft, setDraft] = useState<Draft>(kEmptyDraft);
  const [preset, setPreset] = useState("app");
  const make = useMutation({
    mutationFn: () => ok(client.POST("/setup/v1/keys", { body: specOf(draft) })),
    onSuccess: onMade,
  });
  const change = (part: Partial<Draft>) => setDraft((now) => ({ ...now, ...part }));
  const error = make.error ? asApiError(make.error) : null;
  const errorAt = (param: string) => (error?.param === param ? error.detail : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Make a key"
      size="wide"
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form={form} loading={make.isPending} disabled={!ready(draft)}>
            Make key
          </Button>
        </>
      }
    >
      <form id={form} className={styles.group} style={{ gap: "1.25rem" }} onSubmit={submit}>
        {error && !kFieldParams.has(error.param ?? "") && <ErrorNotice error={error} />}
        <Names draft={draft} change={change} errorAt={errorAt} />
        <Presets
          chosen={preset}
          choose={(id) => {
            const found = presets.find((one) => one.id === id);
            if (!found) return;
            setPreset(id);
            setDraft((now) => ({ ...draftOf(found.spec), name: now.name, user: now.user }));
          }}
        />
        <Scopes draft={draft} change={change} />
        {draft.scopes.includes("chat") && <ModelChoice draft={draft} change={change} />}
        <NativeSelect
          label="Ends"
          data={expiries}
          value={draft.expires}
          error={errorAt("expires")}
          onChange={(event) => change({ expires: event.currentTarget.value })}
        />
        {draft.scopes.includes("chat") && <Limits draft={draft} change={change} />}
      </form>
    </Dialog>
  );
}

const kFieldParams = new Set(["name", "user", "expires"]);

function ready(draft: Draft): boolean {
  return (
    draft.name.trim() !== "" &&
    draft.scopes.length > 0 &&
    (draft.allModels || draft.models.length > 0)
  );
}

interface PartProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}

function Names({
  draft,
  change,
  errorAt,
}: PartProps & { errorAt: (param: string) => string | undefined }) {
  const users = [
    ...new Set(
      useKeys()
        .data?.map((key) => key.user)
        .filter(Boolean),
    ),
  ];
  const list = useId();
  return (
    <div className={styles.pair}>
      <TextInput
        label="Name"
        description="What uses it, such as my-app."
        required
        maxLength={64}
        autoComplete="off"
        data-autofocus
        value={draft.name}
        error={errorAt("name")}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <TextInput
        label="User"
        description="May be empty. Keys of one user share one allowance."
        maxLength={64}
        autoComplete="off"
        list={list}
        value={draft.user}
        error={errorAt("user")}
        onChange={(event) => change({ user: event.currentTarget.value })}
      />
      <datalist id={list}>
        {users.map((user) => (
          <option key={user} value={user} />
        ))}
      </datalist>
    </div>
  );
}

function Presets({ chosen, choose }: { chosen: string; choose: (id: string) => void }) {
  return (
    <fieldset className={styles.presets}>
      <legend>For</legend>
      {presets.map((preset) => (
        <button
          key={preset.id}
          type="button"
          className={styles.preset}
          aria-pressed={preset.id === chosen}
          onClick={() => choose(preset.id)}
        >
          {preset.name}
          <small>{preset.about}</small>
        </button>
      ))}
    </fieldset>
  );
}

function Scopes({ draft, change }: PartProps) {
  return (
    <fieldset className={styles.group}>
      <legend>What it may do</legend>
      {scopes.map(({ scope, name, about }) => (
        <Checkbox
          key={scope}
          label={name}
          description={about}
          checked={draft.scopes.includes(scope)}
          onChange={(event) =>
            change({
              scopes: event.currentTarget.checked
                ? [...draft.scopes, scope]
                : draft.scopes.filter((one) => one !== scope),
            })
          }
        />
      ))}
      {draft.scopes.length === 0 && <p role="alert">Choose at least one.</p>}
    </fieldset>
  );
}

const kPeriods: { value: Period; label: string }[] = [
  { value: "day", label: "Each day (UTC)" },
  { value: "month", label: "Each month (UTC)" },
  { value: "total", label: "In all, ever" },
];

function Limits({ draft, change }: PartProps) {
  const number = (
    name: "requests_per_minute" | "tokens_per_minute" | "budget_tokens" | "budget_requests",
    label: string,
  ) => (
    <NumberInput
      label={label}
      placeholder="no limit"
      min={0}
      allowDecimal={false}
      allowNegative={false}
      thousandSeparator=","
      hideControls
      value={draft[name] ?? ""}
      onChange={(value) => change({ [name]: typeof value === "number" ? value : null })}
    />
  );
  return (
    <fieldset className={styles.group}>
      <legend>Limits</legend>
      <div className={styles.pair}>
        {number("requests_per_minute", "Calls a minute")}
        {number("tokens_per_minute", "Tokens a minute")}
      </div>
      <div className={styles.three}>
        {number("budget_tokens", "Budget: tokens")}
        {number("budget_requests", "Budget: calls")}
        <NativeSelect
          label="The budget is for"
          data={kPeriods}
          value={draft.budget_period}
          onChange={(event) => change({ budget_period: event.currentTarget.value as Period })}
        />
      </div>
    </fieldset>
  );
}
