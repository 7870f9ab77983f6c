import { client, ok } from "@b3iq/shared/api/client.ts";
import { ConfirmDialog } from "@b3iq/shared/kit/dialog.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { useQueryClient } from "@tanstack/react-query";

export function LeaveDialog({ url, onClose }: { url: string; onClose: () => void }) {
  const cache = useQueryClient();
  const notify = useNotify();
  const leave = async () => {
    const departure = await ok(client.DELETE("/setup/v1/enrollment"));
    for (const name of ["enrollment", "status"]) cache.invalidateQueries({ queryKey: [name] });
    notify(
      departure.told
        ? "The node is local again"
        : "The node is local again; the control plane could not be told",
    );
  };
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title="Leave the control plane?"
      confirm="Leave it"
      danger
      onConfirm={leave}
    >
      <p>
        The node stops calling {url}, drops its commands and their results, and works for you alone.
        To come back it needs a new token.
      </p>
    </ConfirmDialog>
  );
}
