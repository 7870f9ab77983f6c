import { client, ok } from "@b3iq/shared/api/client.ts";
import type { Key } from "@b3iq/shared/api/types.ts";
import { ConfirmDialog } from "@b3iq/shared/kit/dialog.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { useLiveCalls } from "../../app/data";
import { queryClient } from "../../app/queries";

export function RevokeKey({ keyRow, onClose }: { keyRow: Key | null; onClose: () => void }) {
  const notify = useNotify();
  const calls = useLiveCalls().data?.filter((call) => call.account === keyRow?.id).length ?? 0;
  const revoke = async (key: Key) => {
    await ok(client.DELETE("/setup/v1/keys/{key}", { params: { path: { key: key.id } } }));
    await queryClient.invalidateQueries({ queryKey: ["keys"] });
    notify(`Key ${key.name} is revoked.`);
  };
  return (
    <ConfirmDialog
      open={keyRow !== null}
      onClose={onClose}
      title={`Revoke ${keyRow?.name ?? ""}?`}
      confirm="Revoke key"
      danger
      onConfirm={() => (keyRow ? revoke(keyRow) : Promise.resolve())}
    >
      <p>
        New calls with this key are refused at once. Answers that stream now are cut
        {calls > 0 ? `: ${calls} ${calls === 1 ? "call runs" : "calls run"} on it.` : "."}
      </p>
      <p>
        It cannot be undone; whatever uses the key needs a new one. Its receipts and usage figures
        stay.
      </p>
    </ConfirmDialog>
  );
}
