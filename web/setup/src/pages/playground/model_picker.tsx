import { formatBytes, formatNumber, formatPercent } from "@b3iq/shared/kit/formats.ts";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { NativeSelect } from "@mantine/core";
import { type ChatModel, optionLabel } from "./model_list";
import styles from "./playground.module.css";

/** Which model answers, and whether it is ready to. */
export function ModelPicker({
  models,
  model,
  disabled = false,
  onChoose,
}: {
  models: ChatModel[];
  model: ChatModel;
  disabled?: boolean;
  onChoose: (id: string) => void;
}) {
  return (
    <div className={styles.picker}>
      <NativeSelect
        label="Model"
        value={model.id}
        disabled={disabled}
        onChange={(event) => onChoose(event.currentTarget.value)}
        data={models.map((one) => ({ value: one.id, label: optionLabel(one) }))}
      />
      <p className={styles.note}>
        <Readiness model={model} />
      </p>
    </div>
  );
}

function Readiness({ model }: { model: ChatModel }) {
  const context = model.contextTokens && `${formatNumber(model.contextTokens)} tokens of context`;
  if (model.loadShare !== null)
    return <StatusDot tone="busy">Loading, {formatPercent(model.loadShare)}</StatusDot>;
  if (model.loaded === false) {
    const memory = model.memoryBytes ? ` It takes about ${formatBytes(model.memoryBytes)}.` : "";
    return <StatusDot tone="idle">Not in memory: your first message loads it.{memory}</StatusDot>;
  }
  const ready = model.loaded ? "In memory" : "Ready";
  return <StatusDot tone="good">{context ? `${ready}, ${context}` : ready}</StatusDot>;
}
