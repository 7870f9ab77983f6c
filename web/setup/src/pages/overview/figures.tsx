import type { Key, LiveCall, OwnerModel, Status } from "@b3iq/shared/api/types.ts";
import { Card, CardGrid, Stat } from "@b3iq/shared/kit/card.tsx";
import { formatCompact, formatDuration, formatNumber } from "@b3iq/shared/kit/formats.ts";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { useToday } from "./use_today";

/** The node in a few figures. A value that is not there yet is a dash. */
export function Figures({
  status,
  models,
  keys,
  live,
  lost,
}: {
  status: Status | undefined;
  models: OwnerModel[] | undefined;
  /** undefined: not known yet, or not for this user. */
  keys: Key[] | undefined;
  live: LiveCall[] | undefined;
  /** The node does not answer. */
  lost: boolean;
}) {
  const today = useToday(live).data;
  const tokens = today && today.promptTokens + today.completionTokens;
  const loaded = models?.filter((model) => model.loaded).length ?? 0;
  const rate = (live ?? []).reduce((sum, call) => sum + (call.tokens_per_second ?? 0), 0);
  const active = keys?.filter((key) => key.status === "active").length;
  return (
    <CardGrid min="11rem">
      <Card>
        <Stat
          label="Node"
          value={<NodeState status={status} lost={lost} />}
          note={lost ? "start it, or wait" : <Uptime status={status} />}
        />
      </Card>
      <Card>
        <Stat
          label="Calls now"
          value={orDash(live?.length, formatNumber)}
          note={
            rate > 0
              ? `${formatNumber(Math.round(rate))} tokens/s`
              : live?.length === 0
                ? "idle"
                : null
          }
        />
      </Card>
      <Card>
        <Stat
          label="Tokens today"
          value={
            <span title={`${tokens ?? "not known yet"}, since midnight UTC`}>
              {orDash(tokens, formatCompact)}
            </span>
          }
          note={
            today?.requests === 1
              ? "1 request"
              : `${orDash(today?.requests, formatNumber)} requests`
          }
        />
      </Card>
      <Card>
        <Stat
          label="Models"
          value={orDash(models?.length, formatNumber)}
          note={`${loaded} in memory`}
        />
      </Card>
      {keys && (
        <Card>
          <Stat
            label="Active keys"
            value={orDash(active, formatNumber)}
            note={`${keys.length - (active ?? 0)} expired or revoked`}
          />
        </Card>
      )}
    </CardGrid>
  );
}

function orDash(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? "–" : format(value);
}

function NodeState({ status, lost }: { status: Status | undefined; lost: boolean }): ReactNode {
  if (lost) return <StatusDot tone="bad">silent</StatusDot>;
  if (!status) return "–";
  return status.status === "serving" ? (
    <StatusDot tone="good">serving</StatusDot>
  ) : (
    <StatusDot tone="bad">stopped</StatusDot>
  );
}

const kTickMs = 30_000;

function Uptime({ status }: { status: Status | undefined }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), kTickMs);
    return () => clearInterval(timer);
  }, []);
  if (!status?.started_at) return null;
  return `for ${formatDuration(Math.max(0, now - new Date(status.started_at).getTime()))}`;
}
