// Whether the node keeps what was asked and answered: off, unless the owner turns it on for a while.
import { client, ok } from "@b3iq/shared/api/client.ts";
import type { RequestLog } from "@b3iq/shared/api/types.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { ConfirmDialog } from "@b3iq/shared/kit/dialog.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { formatBytes, formatNumber, formatRelative, formatTime } from "@b3iq/shared/kit/formats.ts";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { Button, Checkbox, Radio } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { queryClient } from "../../app/queries";
import { useMay } from "../../app/session";
import styles from "./requests.module.css";

async function setContent(body: { content: boolean; for?: string }) {
  const log = await ok(client.POST("/setup/v1/request-log", { body }));
  queryClient.setQueryData(["request-log"], log);
  await queryClient.invalidateQueries({ queryKey: ["requests"] });
  return log;
}

/** Stands above everything while content is kept, for every user to see. */
export function ContentBanner({ log }: { log: RequestLog }) {
  const mayTurnOff = useMay("owner");
  const notify = useNotify();
  const turnOff = useMutation({
    mutationFn: () => setContent({ content: false }),
    onSuccess: () => notify("Content is not kept any more; what was kept is wiped."),
  });
  const { content } = log;
  if (!content.on) return null;
  return (
    <Card tone="warn">
      <div className={styles.banner}>
        <p>
          <strong>Prompts and answers are being kept.</strong> {untilWords(content.until)}{" "}
          {formatNumber(content.kept)} {content.kept === 1 ? "request" : "requests"},{" "}
          {formatBytes(content.bytes)} of {formatBytes(content.max_bytes)}, in memory alone.
        </p>
        {mayTurnOff && (
          <Button color="red" loading={turnOff.isPending} onClick={() => turnOff.mutate()}>
            Stop and wipe now
          </Button>
        )}
      </div>
      <ErrorNotice error={turnOff.error} />
    </Card>
  );
}

function untilWords(until: string | null): string {
  return until ? `It ends ${formatRelative(until)} (${formatTime(until)}).` : "";
}

const kDurations = [
  { value: "15m", label: "15 minutes" },
  { value: "1h", label: "1 hour" },
  { value: "8h", label: "8 hours" },
  { value: "24h", label: "24 hours, the most" },
];

export function KeepContent({ onClose }: { onClose: () => void }) {
  const notify = useNotify();
  const [duration, setDuration] = useState("15m");
  const [aware, setAware] = useState(false);
  const [missed, setMissed] = useState(false);
  const turnOn = async () => {
    setMissed(!aware);
    if (!aware) throw new Error("Confirm first that the people who use this node may be read.");
    await setContent({ content: true, for: duration });
    notify("Content is kept from now on.");
  };
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title="Keep prompts and answers for a while?"
      confirm="Keep content"
      danger
      onConfirm={turnOn}
    >
      <p>
        From then on you can read what everybody who uses this node asks, and what models answer:
        yours, and that of everyone with a key. Use it to find a fault, and tell them before.
      </p>
      <p>
        It stays in the node's memory and is wiped when the time is over, when you stop it and at
        every restart. No backup, log or support bundle has it. That it was on, and each reading,
        stands in the audit log.
      </p>
      <fieldset className={styles.durations}>
        <legend>For</legend>
        {kDurations.map(({ value, label }) => (
          <Radio
            key={value}
            name="duration"
            label={label}
            checked={duration === value}
            onChange={() => setDuration(value)}
          />
        ))}
      </fieldset>
      <Checkbox
        label="The people who use this node know of it, or it is only me"
        checked={aware}
        error={missed && !aware}
        onChange={(event) => setAware(event.currentTarget.checked)}
      />
    </ConfirmDialog>
  );
}
