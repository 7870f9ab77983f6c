import type { Backup } from "@b3iq/shared/api/types.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { Checkbox } from "@mantine/core";
import { useState } from "react";
import { beginBackup } from "./backup_acts";
import { PasswordDialog } from "./password_dialog";

/** `again`: one that failed, in whose place the new one comes. */
export function MakeBackup({ again, onClose }: { again?: Backup; onClose: () => void }) {
  const notify = useNotify();
  const [identity, setIdentity] = useState(again?.has_identity ?? false);
  const make = async (password: string) => {
    await beginBackup(
      identity ? { with_identity: true, password } : { with_identity: false },
      again,
    );
    notify("The backup is being made.");
  };
  return (
    <PasswordDialog
      title="Make a backup"
      confirm={identity ? "Make it with the identity" : "Make backup"}
      danger={identity}
      needed={identity}
      send={make}
      onDone={onClose}
      onClose={onClose}
    >
      <p>
        It is made while the node works, and goes on when you leave this page. It knows your
        settings, the fingerprints of keys and passwords, and usage; no key, no prompt and no
        answer.
      </p>
      <Checkbox
        label="With the node's identity"
        description="Only to move this very node to another disk or machine."
        checked={identity}
        onChange={(event) => setIdentity(event.currentTarget.checked)}
      />
      {identity && (
        <Card tone="bad">
          <div>
            <strong>Whoever gets this backup is this node.</strong> They can sign receipts in its
            name, and nobody can tell. Keep it as you keep a password, on a disk that is encrypted,
            and delete it here once you have it. Never run two nodes with one identity.
          </div>
        </Card>
      )}
    </PasswordDialog>
  );
}
