import { client, ok } from "@b3iq/shared/api/client.ts";
import type { LiveCall } from "@b3iq/shared/api/types.ts";
import { type Column, DataList } from "@b3iq/shared/kit/data_list.tsx";
import { ConfirmDialog } from "@b3iq/shared/kit/dialog.tsx";
import { formatDuration, formatNumber } from "@b3iq/shared/kit/formats.ts";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Soft } from "@b3iq/shared/kit/text_button.tsx";
import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { useLiveCalls } from "../../app/data";
import { queryClient } from "../../app/queries";
import { useMay } from "../../app/session";
import { useCallerNames } from "../../parts/accounts";
import { phases } from "./request_words";
import styles from "./requests.module.css";

export function LiveCalls() {
  const calls = useLiveCalls();
  const nameOf = useCallerNames();
  const mayStop = useMay("operator");
  const [stopping, setStopping] = useState<LiveCall | null>(null);
  return (
    <Section title="Running now">
      <Loaded query={calls}>
        {(rows) =>
          rows.length > 0 ? (
            <DataList
              caption="Calls that run now"
              columns={columnsOf(nameOf, calls.dataUpdatedAt, mayStop ? setStopping : null)}
              rows={rows}
              rowKey={(call) => call.id}
            />
          ) : (
            <p className={styles.quiet}>Nothing. Calls stand here while they are answered.</p>
          )
        }
      </Loaded>
      <StopCall
        call={stopping}
        name={stopping && nameOf(stopping.account)}
        onClose={() => setStopping(null)}
      />
    </Section>
  );
}

function columnsOf(
  nameOf: (account: string) => string,
  readAt: number,
  onStop: ((call: LiveCall) => void) | null,
): Column<LiveCall>[] {
  return [
    { title: "Model", main: true, cell: (call) => call.model },
    { title: "By", cell: (call) => nameOf(call.account) },
    {
      title: "Phase",
      cell: (call) => (
        <StatusDot tone={phases[call.state].tone}>{phases[call.state].name}</StatusDot>
      ),
    },
    {
      title: "Tokens",
      numeric: true,
      cell: (call) => (
        <div>
          {formatNumber(call.tokens)}
          {call.tokens_per_second !== null && (
            <Soft>{call.tokens_per_second.toFixed(1)} a second</Soft>
          )}
        </div>
      ),
    },
    {
      title: "For",
      numeric: true,
      cell: (call) => <Age startedAt={readAt - call.age_ms} />,
    },
    {
      title: "Acts",
      actions: true,
      cell: (call) =>
        onStop && (
          <Button
            variant="default"
            size="xs"
            aria-label={`Stop the call of ${nameOf(call.account)}`}
            onClick={() => onStop(call)}
          >
            Stop
          </Button>
        ),
    },
  ];
}

function Age({ startedAt }: { startedAt: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.round((now - startedAt) / 1000));
  return <span>{formatDuration(Math.max(1, seconds) * 1000)}</span>;
}

function StopCall({
  call,
  name,
  onClose,
}: {
  call: LiveCall | null;
  name: string | null;
  onClose: () => void;
}) {
  const notify = useNotify();
  const stop = async () => {
    if (!call) return;
    await ok(client.DELETE("/setup/v1/live/{call}", { params: { path: { call: call.id } } }));
    await queryClient.invalidateQueries({ queryKey: ["live"] });
    notify("The call is stopped.");
  };
  return (
    <ConfirmDialog
      open={call !== null}
      onClose={onClose}
      title="Stop this call?"
      confirm="Stop the call"
      danger
      onConfirm={stop}
    >
      <p>
        The answer of {call?.model} to {name} ends at once, with an error that says that it was
        stopped. What was written until now is booked and has a receipt. The program may ask again.
      </p>
    </ConfirmDialog>
  );
}
