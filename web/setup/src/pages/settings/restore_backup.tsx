import { client, ok } from "@b3iq/shared/api/client.ts";
import type { Backup, Restarting } from "@b3iq/shared/api/types.ts";
import { formatTime } from "@b3iq/shared/kit/formats.ts";
import { useState } from "react";
import { useStatus } from "../../app/data";
import { PasswordDialog } from "./password_dialog";
import { RestartProgress } from "./restart";
import styles from "./settings.module.css";

export function RestoreBackup({ backup, onClose }: { backup: Backup; onClose: () => void }) {
  const status = useStatus();
  const [restarting, setRestarting] = useState<Restarting | null>(null);
  if (restarting) {
    return (
      <RestartProgress
        restarting={restarting}
        before={status.data?.started_at ?? null}
        newAddress={null}
      />
    );
  }
  const restore = (password: string) => {
    const params = { path: { backup: backup.id } };
    return ok(client.POST("/setup/v1/backups/{backup}/restore", { params, body: { password } }));
  };
  return (
    <PasswordDialog
      title={`Go back to ${formatTime(backup.created_at)}?`}
      confirm="Restore and restart"
      danger
      send={restore}
      onDone={setRestarting}
      onClose={onClose}
    >
      <p>The node starts again with this backup. Everybody is logged out, you too.</p>
      <div className={styles.two}>
        <div>
          <h3>Comes back as it was</h3>
          <ul>
            <li>settings</li>
            <li>keys: newer ones are gone, revoked ones stay revoked</li>
            <li>users and roles: newer users are gone</li>
            <li>runtimes, and what models may be used for</li>
          </ul>
        </div>
        <div>
          <h3>Stays as it is now</h3>
          <ul>
            <li>receipts and usage</li>
            <li>the audit log, with this restore in it</li>
            <li>passwords, and you as the owner</li>
            <li>models that were installed since</li>
            <li>the node's identity</li>
          </ul>
        </div>
      </div>
    </PasswordDialog>
  );
}
