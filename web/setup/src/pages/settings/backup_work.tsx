// Backups that are no backups yet, or never became one.
import { nextStepOf } from "@b3iq/shared/api/errors.ts";
import type { Backup } from "@b3iq/shared/api/types.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { ErrorNotice, withCode } from "@b3iq/shared/kit/error_notice.tsx";
import { formatBytes, formatTime } from "@b3iq/shared/kit/formats.ts";
import { ProgressRow } from "@b3iq/shared/kit/progress_row.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { beginBackup, cancelBackup, deleteBackup } from "./backup_acts";
import { MakeBackup } from "./make_backup";
import styles from "./settings.module.css";

export function BackupWork({ backup }: { backup: Backup }) {
  if (backup.state === "making") return <Making backup={backup} />;
  return backup.state === "failed" ? <Failed backup={backup} /> : <Cancelled backup={backup} />;
}

const nameOf = (backup: Backup) =>
  `${backup.has_identity ? "Backup with the identity" : "Backup"} of ${formatTime(backup.created_at)}`;

function Making({ backup }: { backup: Backup }) {
  const cancel = useMutation({ mutationFn: () => cancelBackup(backup) });
  const { done_bytes: done, total_bytes: total } = backup;
  // The node stops at its next piece; the list says when.
  const stopping = cancel.isPending || cancel.isSuccess;
  return (
    <Card>
      <ProgressRow
        label={nameOf(backup)}
        share={total === null ? null : total === 0 ? 1 : Math.min(1, done / total)}
        detail={
          stopping
            ? "Cancelling…"
            : total === null
              ? "Waits until it can begin"
              : `${formatBytes(done)} of ${formatBytes(total)}`
        }
        actions={
          <Button
            variant="default"
            size="xs"
            loading={cancel.isPending}
            aria-label={`Cancel: ${nameOf(backup)}`}
            onClick={() => cancel.mutate()}
          >
            Cancel
          </Button>
        }
      />
      <ErrorNotice error={cancel.error} />
    </Card>
  );
}

function Failed({ backup }: { backup: Backup }) {
  const [asking, setAsking] = useState(false);
  const again = useMutation({ mutationFn: () => beginBackup({ with_identity: false }, backup) });
  const next = backup.error && nextStepOf(backup.error.code);
  return (
    <Card tone="bad">
      <div className={styles.banner}>
        <StatusDot tone="bad">{nameOf(backup)} failed</StatusDot>
        <div className={styles.acts}>
          <Button
            size="xs"
            loading={again.isPending}
            aria-label={`Try again: ${nameOf(backup)}`}
            // The identity goes along only with the owner's password.
            onClick={() => (backup.has_identity ? setAsking(true) : again.mutate())}
          >
            Try again
          </Button>
          <RemoveNote backup={backup} />
        </div>
      </div>
      {backup.error && (
        <div className={styles.form}>
          <p>
            {withCode(backup.error.detail)} <code>{backup.error.code}</code>
          </p>
          {next && <p>{withCode(next)}</p>}
        </div>
      )}
      <ErrorNotice error={again.error} />
      {asking && <MakeBackup again={backup} onClose={() => setAsking(false)} />}
    </Card>
  );
}

function Cancelled({ backup }: { backup: Backup }) {
  return (
    <div className={styles.banner}>
      <StatusDot tone="idle">{nameOf(backup)}: cancelled, nothing of it was kept</StatusDot>
      <RemoveNote backup={backup} />
    </div>
  );
}

function RemoveNote({ backup }: { backup: Backup }) {
  const remove = useMutation({ mutationFn: () => deleteBackup(backup) });
  return (
    <>
      <Button
        variant="default"
        size="xs"
        loading={remove.isPending}
        aria-label={`Remove: ${nameOf(backup)}`}
        onClick={() => remove.mutate()}
      >
        Remove
      </Button>
      <ErrorNotice error={remove.error} />
    </>
  );
}
