import { download } from "@b3iq/shared/api/client.ts";
import type { Backup } from "@b3iq/shared/api/types.ts";
import { type Column, DataList } from "@b3iq/shared/kit/data_list.tsx";
import { ConfirmDialog } from "@b3iq/shared/kit/dialog.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { formatTime } from "@b3iq/shared/kit/formats.ts";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Soft } from "@b3iq/shared/kit/text_button.tsx";
import { ByteSize, RelativeTime } from "@b3iq/shared/kit/values.tsx";
import { Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useBackups } from "../../app/data";
import { deleteBackup } from "./backup_acts";
import { BackupWork } from "./backup_work";
import { MakeBackup } from "./make_backup";
import { PasswordDialog } from "./password_dialog";
import { RestoreBackup } from "./restore_backup";
import styles from "./settings.module.css";

export function Backups() {
  const backups = useBackups();
  const [asking, setAsking] = useState(false);
  const make = useRef<HTMLButtonElement>(null);
  const shown = backups.data?.length ?? 0;
  const before = useRef(shown);
  useEffect(() => {
    // The button that removed a row went with it, and must not take the focus along.
    if (shown < before.current && document.activeElement === document.body) make.current?.focus();
    before.current = shown;
  }, [shown]);
  const busy = backups.data?.some((one) => one.state === "making") ?? false;
  const makeButton = (
    // It keeps the focus that the dialog gives back, also while it can do nothing.
    <Button
      ref={make}
      data-disabled={busy || undefined}
      aria-disabled={busy}
      title={busy ? "One is being made: wait for its end, or cancel it" : undefined}
      onClick={() => !busy && setAsking(true)}
    >
      Make a backup
    </Button>
  );
  return (
    <Section
      title="Backups on this node"
      about="A backup holds settings, keys, budgets, users and usage; not the models' files. It lies on the node's own disk until you download it: a disk that fails takes it along."
      actions={backups.data?.length ? makeButton : null}
    >
      <Loaded query={backups}>
        {(all) =>
          all.length > 0 ? (
            <Shown backups={all} />
          ) : (
            <EmptyState title="No backups yet" action={makeButton}>
              Make one before a larger change, and keep a copy elsewhere.
            </EmptyState>
          )
        }
      </Loaded>
      {asking && <MakeBackup onClose={() => setAsking(false)} />}
    </Section>
  );
}

function Shown({ backups }: { backups: Backup[] }) {
  const done = backups.filter((one) => one.state === "done");
  return (
    <>
      {backups
        .filter((one) => one.state !== "done")
        .map((one) => (
          <BackupWork key={one.id} backup={one} />
        ))}
      {done.length > 0 && <BackupList backups={done} />}
    </>
  );
}

function fileNameOf(backup: Backup): string {
  const when = backup.created_at.slice(0, 16).replace(/[:T]/g, "-");
  return `b3iq-backup-${when}${backup.has_identity ? "-with-identity" : ""}.tar`;
}

type Act = { what: "download" | "restore" | "remove"; backup: Backup };

function fetchArchive(backup: Backup, password: string): Promise<void> {
  const path = `/setup/v1/backups/${encodeURIComponent(backup.id)}/archive`;
  const body = JSON.stringify({ password });
  const headers = { "content-type": "application/json" };
  return download(path, fileNameOf(backup), { method: "POST", headers, body });
}

function BackupList({ backups }: { backups: Backup[] }) {
  const [act, setAct] = useState<Act | null>(null);
  const columns: Column<Backup>[] = [
    {
      title: "Made",
      main: true,
      cell: (backup) => (
        <>
          {formatTime(backup.created_at)}
          <Soft>
            <RelativeTime time={backup.created_at} />
          </Soft>
        </>
      ),
    },
    { title: "Size", numeric: true, cell: (backup) => <ByteSize bytes={backup.bytes} /> },
    {
      title: "Identity",
      cell: (backup) =>
        backup.has_identity ? (
          <StatusDot tone="warn">With the node's identity: keep it secret</StatusDot>
        ) : (
          "Without"
        ),
    },
    {
      title: "Acts",
      actions: true,
      cell: (backup) => {
        const when = formatTime(backup.created_at);
        return (
          <span className={styles.acts}>
            <Button
              variant="default"
              size="xs"
              aria-label={`Download the backup of ${when}`}
              onClick={() => setAct({ what: "download", backup })}
            >
              Download
            </Button>
            <Button
              variant="default"
              size="xs"
              aria-label={`Restore the backup of ${when}`}
              onClick={() => setAct({ what: "restore", backup })}
            >
              Restore
            </Button>
            <Button
              variant="default"
              size="xs"
              aria-label={`Delete the backup of ${when}`}
              onClick={() => setAct({ what: "remove", backup })}
            >
              Delete
            </Button>
          </span>
        );
      },
    },
  ];
  return (
    <>
      <DataList caption="Backups" columns={columns} rows={backups} rowKey={(one) => one.id} />
      {act?.what === "download" && (
        <PasswordDialog
          title={
            act.backup.has_identity ? "Download the node's identity?" : "Download this backup?"
          }
          confirm="Download"
          danger={act.backup.has_identity}
          send={(password) => fetchArchive(act.backup, password)}
          onDone={() => setAct(null)}
          onClose={() => setAct(null)}
        >
          <p>
            {act.backup.has_identity
              ? "Whoever has this archive can be this node. Keep it as you keep a password."
              : "It holds the hashes of passwords and keys. Keep it where you keep private files."}
          </p>
        </PasswordDialog>
      )}
      {act?.what === "restore" && (
        <RestoreBackup backup={act.backup} onClose={() => setAct(null)} />
      )}
      <RemoveBackup
        backup={act?.what === "remove" ? act.backup : null}
        onClose={() => setAct(null)}
      />
    </>
  );
}

function RemoveBackup({ backup, onClose }: { backup: Backup | null; onClose: () => void }) {
  const notify = useNotify();
  const remove = async () => {
    if (!backup) return;
    await deleteBackup(backup);
    notify("The backup is deleted.");
  };
  return (
    <ConfirmDialog
      open={backup !== null}
      onClose={onClose}
      title="Delete this backup?"
      confirm="Delete backup"
      danger
      onConfirm={remove}
    >
      <p>
        The one of {backup && formatTime(backup.created_at)} leaves the node's disk. Copies that you
        have downloaded stay.
      </p>
    </ConfirmDialog>
  );
}
