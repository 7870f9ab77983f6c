import type { Setting } from "@b3iq/shared/api/types.ts";
import { withCode } from "@b3iq/shared/kit/error_notice.tsx";
import { TextButton } from "@b3iq/shared/kit/text_button.tsx";
import { NativeSelect, Switch, Textarea, TextInput } from "@mantine/core";
import { useId } from "react";
import { defaultText, isChanged, sourceNames, textOf } from "./setting_draft";
import styles from "./settings.module.css";

export function SettingRow({
  setting,
  draft,
  fault,
  onDraft,
}: {
  setting: Setting;
  /** undefined: untouched; null: back to the default. */
  draft: string | null | undefined;
  fault: string | undefined;
  onDraft: (draft: string | null | undefined) => void;
}) {
  const id = useId();
  const changed = isChanged(setting, draft);
  return (
    <div className={styles.row} data-changed={changed || undefined}>
      <div>
        <span>
          <label className={styles.name} htmlFor={id}>
            {setting.name}
            {setting.pending && <span className={styles.pending}>waits for a restart</span>}
          </label>
        </span>
        <p className={styles.help}>{withCode(setting.help)}</p>
        <Origin setting={setting} />
        {setting.warning && changed && (
          <p className={styles.warning} role="status">
            {withCode(setting.warning)}
          </p>
        )}
      </div>
      <div className={styles.field}>
        {setting.editable ? (
          <>
            <Field id={id} setting={setting} draft={draft} fault={fault} onDraft={onDraft} />
            <FieldActs setting={setting} draft={draft} changed={changed} onDraft={onDraft} />
          </>
        ) : (
          <Locked setting={setting} />
        )}
      </div>
    </div>
  );
}

function Origin({ setting }: { setting: Setting }) {
  const fallback = defaultText(setting);
  return (
    <p className={styles.origin}>
      {setting.source === "default" ? "Not set" : `Set by ${sourceNames[setting.source]}`}
      {fallback !== null && `. Default: ${fallback}`}
      {setting.type === "list" && ". One a line"}
    </p>
  );
}

function FieldActs({
  setting,
  draft,
  changed,
  onDraft,
}: {
  setting: Setting;
  draft: string | null | undefined;
  changed: boolean;
  onDraft: (draft: string | null | undefined) => void;
}) {
  if (changed) {
    return (
      <div className={styles.fieldAct}>
        <TextButton onClick={() => onDraft(undefined)}>Keep as it was</TextButton>
      </div>
    );
  }
  if (!setting.configured || draft === null) return null;
  return (
    <div className={styles.fieldAct}>
      <TextButton onClick={() => onDraft(null)}>Back to the default</TextButton>
    </div>
  );
}

function Locked({ setting }: { setting: Setting }) {
  const text = setting.secret ? "(secret)" : textOf(setting);
  return (
    <>
      <div className={styles.locked}>
        {setting.type === "section" && !setting.secret ? (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: long text scrolls, with the keyboard too
          <pre tabIndex={0}>{text || "not set"}</pre>
        ) : (
          text || "empty"
        )}
      </div>
      {setting.locked && <p className={styles.origin}>{withCode(setting.locked)}</p>}
    </>
  );
}

function Field({
  id,
  setting,
  draft,
  fault,
  onDraft,
}: {
  id: string;
  setting: Setting;
  draft: string | null | undefined;
  fault: string | undefined;
  onDraft: (draft: string) => void;
}) {
  const text = draft === null ? resetText(setting) : (draft ?? textOf(setting));
  if (setting.type === "boolean") {
    return (
      <Switch
        id={id}
        label={text === "true" ? "On" : "Off"}
        checked={text === "true"}
        error={fault}
        onChange={(event) => onDraft(String(event.currentTarget.checked))}
      />
    );
  }
  if (setting.type === "choice") {
    return (
      <NativeSelect
        id={id}
        data={setting.choices}
        value={text}
        error={fault}
        onChange={(event) => onDraft(event.currentTarget.value)}
      />
    );
  }
  if (setting.type === "list" || setting.type === "section") {
    return (
      <Textarea
        id={id}
        rows={setting.type === "list" ? 2 : 4}
        spellCheck={false}
        value={text}
        error={fault}
        placeholder={setting.type === "section" ? "{ }" : undefined}
        onChange={(event) => onDraft(event.currentTarget.value)}
      />
    );
  }
  return (
    <TextInput
      id={id}
      spellCheck={false}
      autoComplete="off"
      inputMode={setting.type === "integer" ? "numeric" : undefined}
      value={text}
      error={fault}
      onChange={(event) => onDraft(event.currentTarget.value)}
    />
  );
}

/** What the field shows while the default waits to be saved. */
function resetText(setting: Setting): string {
  const { default: fallback, type } = setting;
  if (type === "duration" || type === "size") return defaultText(setting) ?? "";
  return textOf({ ...setting, value: fallback, shown: "" });
}
