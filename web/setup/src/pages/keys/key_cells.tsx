import type { Key } from "@b3iq/shared/api/types.ts";
import { formatNumber, formatRelative, formatTime } from "@b3iq/shared/kit/formats.ts";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Soft } from "@b3iq/shared/kit/text_button.tsx";
import { type BudgetPart, hasBudget, periodNames, rateText } from "./key_rules";
import styles from "./keys.module.css";

const kSoonMs = 7 * 86_400_000;

export function KeyState({ keyRow }: { keyRow: Key }) {
  const { status, expires_at, revoked_at } = keyRow;
  if (status === "revoked") {
    return (
      <>
        <StatusDot tone="idle">Revoked</StatusDot>
        {revoked_at && <Soft>{formatRelative(revoked_at)}</Soft>}
      </>
    );
  }
  if (status === "expired") {
    return (
      <>
        <StatusDot tone="idle">Expired</StatusDot>
        {expires_at && <Soft>{formatRelative(expires_at)}</Soft>}
      </>
    );
  }
  const soon = expires_at !== null && Date.parse(expires_at) - Date.now() < kSoonMs;
  return (
    <>
      <StatusDot tone={soon ? "warn" : "good"}>Active</StatusDot>
      <Soft>
        {expires_at ? (
          <span title={formatTime(expires_at)}>ends {formatRelative(expires_at)}</span>
        ) : (
          "never ends"
        )}
      </Soft>
    </>
  );
}

export function KeyModels({ keyRow }: { keyRow: Key }) {
  const { models } = keyRow;
  if (models.length === 0) return <span>All models</span>;
  if (models.length <= 2) return <span>{models.join(", ")}</span>;
  return <span title={models.join(", ")}>{models.length} models</span>;
}

/** Limits by the minute and the budget with what is used. `parts`: null when not known. */
export function KeyLimits({ keyRow, parts }: { keyRow: Key; parts: BudgetPart[] | null }) {
  const rate = rateText(keyRow);
  if (!rate && !hasBudget(keyRow)) return <Soft>No limits</Soft>;
  const period = periodNames[keyRow.budget_period];
  return (
    <>
      {hasBudget(keyRow) && !parts && <Soft>Budget {period}: use is not known</Soft>}
      {parts?.map((part) => (
        <div key={part.unit} className={styles.budget} data-full={part.left === 0 || undefined}>
          <span>
            {formatNumber(part.used)} of {formatNumber(part.limit)} {part.unit}
          </span>
          <meter
            value={part.share}
            max={1}
            aria-label={`${part.unit} used ${period}`}
            title={`${formatNumber(part.left)} left`}
          />
          <Soft>
            {part.left === 0 ? "nothing left" : `${formatNumber(part.left)} left`}, {period}
            {keyRow.user && `, shared by ${keyRow.user}`}
          </Soft>
        </div>
      ))}
      {rate && <Soft>{rate}</Soft>}
    </>
  );
}
