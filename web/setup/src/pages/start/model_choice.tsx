import type { CatalogueModel, OwnerModel } from "@b3iq/shared/api/types.ts";
import { formatBytes, formatNumber } from "@b3iq/shared/kit/formats.ts";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import type { ReactNode } from "react";
import { fitOf, kBundledModel, licenseName } from "../../parts/model_words";
import styles from "./step.module.css";

function runsOn(runtime: string): string {
  return runtime === "embedded" || runtime === "installed" ? "the built-in runtime" : runtime;
}

export function ReadyChoice({
  model,
  chosen,
  onChoose,
}: {
  model: OwnerModel;
  chosen: boolean;
  onChoose: () => void;
}) {
  const facts = [
    model.id === kBundledModel && "comes with the node",
    model.size_bytes !== null && formatBytes(model.size_bytes),
    model.context_tokens !== null && `context ${formatNumber(model.context_tokens)} tokens`,
    `runs on ${model.runtimes.map(runsOn).join(", ")}`,
  ];
  return (
    <label className={styles.choice} data-chosen={chosen || undefined}>
      <input type="radio" name="model" checked={chosen} onChange={onChoose} />
      <span className={styles.choiceText}>
        <strong>{model.id}</strong>
        <span className={styles.dim}>{facts.filter(Boolean).join(" · ")}</span>
      </span>
    </label>
  );
}

export function InstallChoice({
  model,
  suggested,
  action,
}: {
  model: CatalogueModel;
  suggested: boolean;
  action: ReactNode;
}) {
  const [tone, words] = fitOf(model.status);
  return (
    <li className={styles.offer} data-chosen={suggested || undefined}>
      <span className={styles.choiceText}>
        <span className={styles.row}>
          <strong>{model.name}</strong>
          {suggested && <span className={styles.tag}>suggested</span>}
        </span>
        <span className={styles.dim}>
          {model.kind === "chat"
            ? "Chat"
            : model.kind === "code"
              ? "Code"
              : "Text of a vision model"}{" "}
          · {model.parameters} parameters · download {formatBytes(model.download_bytes)} · needs{" "}
          {formatBytes(model.min_ram_bytes)} ·{" "}
          <a href={model.license_url} target="_blank" rel="noreferrer">
            {licenseName(model.license)}
          </a>
        </span>
        <StatusDot tone={tone}>{words}</StatusDot>
      </span>
      {action}
    </li>
  );
}
