import type { LoggedRequest } from "@b3iq/shared/api/types.ts";
import { Card, Facts } from "@b3iq/shared/kit/card.tsx";
import { Dialog } from "@b3iq/shared/kit/dialog.tsx";
import { formatDuration, formatNumber, formatTime } from "@b3iq/shared/kit/formats.ts";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Mono } from "@b3iq/shared/kit/text_button.tsx";
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { useMay } from "../../app/session";
import { nameWithHint, toldName } from "../../parts/account_words";
import { ContentOf } from "./request_content";
import { fixOf, operationName, outcomes, writingSpeed } from "./request_words";
import styles from "./requests.module.css";

export function RequestDetails({ row, onClose }: { row: LoggedRequest; onClose: () => void }) {
  const mayRead = useMay("owner");
  const title = `${operationName(row.operation)}${row.model && `, ${row.model}`}`;
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      size="wide"
      footer={
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
      }
    >
      {row.error_code && <Fault row={row} code={row.error_code} />}
      <Timing row={row} />
      <Facts rows={factsOf(row, onClose)} />
      {row.has_content && mayRead && <ContentOf row={row} />}
    </Dialog>
  );
}

function Fault({ row, code }: { row: LoggedRequest; code: string }) {
  const { what, fix } = fixOf(code);
  return (
    <Card tone={row.outcome === "error" ? "bad" : "plain"}>
      <div>
        {what} {fix}
      </div>
      <div>
        Code <code>{code}</code>, HTTP {row.status}
        {row.count > 1 && `, ${formatNumber(row.count)} times until ${formatTime(row.last_at)}`}
      </div>
    </Card>
  );
}

function Timing({ row }: { row: LoggedRequest }) {
  const queued = row.queued_ms ?? 0;
  const first = row.first_token_ms;
  const parts = [
    { part: "queued", name: "waited", ms: queued },
    {
      part: "prompt",
      name: "to the first token",
      ms: first === null ? 0 : Math.max(0, first - queued),
    },
    {
      part: "writing",
      name: "writing",
      ms: first === null ? 0 : Math.max(0, row.duration_ms - first),
    },
  ].filter(({ ms }) => ms > 0);
  if (parts.length === 0) return null;
  return (
    <div className={styles.timing}>
      <div className={styles.track} aria-hidden="true">
        {parts.map(({ part, ms }) => (
          <span key={part} data-part={part} style={{ flex: ms }} />
        ))}
      </div>
      <ul className={styles.legend}>
        {parts.map(({ part, name, ms }) => (
          <li key={part} data-part={part}>
            {formatDuration(ms)} {name}
          </li>
        ))}
      </ul>
    </div>
  );
}

function factsOf(row: LoggedRequest, onLeave: () => void): [string, ReactNode][] {
  const speed = writingSpeed(row);
  const { name, tone } = outcomes[row.outcome];
  return [
    [
      "Outcome",
      <StatusDot key="outcome" tone={tone}>
        {name}
      </StatusDot>,
    ],
    ["Began", formatTime(row.at)],
    ["Took", row.duration_ms > 0 ? formatDuration(row.duration_ms) : "under a millisecond"],
    [
      "By",
      row.account ? (
        <Link key="by" href={`/requests?account=${row.account}`} onClick={onLeave}>
          {nameWithHint(row.account, toldName(row.account, row.account_name))}
        </Link>
      ) : (
        "nobody known"
      ),
    ],
    [
      "Tokens",
      `${formatNumber(row.prompt_tokens)} in, ${formatNumber(row.completion_tokens)} out${speed === null ? "" : `, ${formatNumber(Number(speed.toFixed(speed < 100 ? 1 : 0)))} a second`}`,
    ],
    ["Runtime", row.runtime_kind ?? "none: it was refused before"],
    ["Streamed", row.stream ? "yes" : "no"],
    ...(row.finish_reason ? ([["Ended by", row.finish_reason]] as [string, ReactNode][]) : []),
    [
      "Receipt",
      row.receipt_hash ? (
        <Link key="receipt" href={`/receipts?receipt=${row.receipt_hash}`}>
          <Mono>{row.receipt_hash}</Mono>
        </Link>
      ) : (
        "none: nothing was answered"
      ),
    ],
    ["Request id", <Mono key="id">{row.request_id}</Mono>],
  ];
}
