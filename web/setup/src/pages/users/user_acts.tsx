import { client, ok } from "@b3iq/shared/api/client.ts";
import type { Invited, User } from "@b3iq/shared/api/types.ts";
import { ConfirmDialog } from "@b3iq/shared/kit/dialog.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { queryClient } from "../../app/queries";

export function InviteAgain({
  user,
  onClose,
  onInvited,
}: {
  user: User;
  onClose: () => void;
  onInvited: (invited: Invited) => void;
}) {
  const invite = async () => {
    const params = { path: { user: user.id } };
    onInvited(await ok(client.POST("/setup/v1/users/{user}/invitation", { params })));
  };
  const active = user.status === "active";
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={active ? `New password for ${user.name}` : `New invitation for ${user.name}`}
      confirm="Make the invitation"
      onConfirm={invite}
    >
      {active ? (
        <p>
          You get an address that works once, for 24 hours. {user.name} opens it and chooses a new
          password; until then the old one works. Every session of {user.name} ends with the new
          password.
        </p>
      ) : (
        <p>You get a new address that works once, for 24 hours. The one before stops working.</p>
      )}
      <p>Whoever opens the address is {user.name} to this node: hand it to nobody else.</p>
    </ConfirmDialog>
  );
}

export function RemoveUser({ user, onClose }: { user: User; onClose: () => void }) {
  const notify = useNotify();
  const remove = async () => {
    await ok(client.DELETE("/setup/v1/users/{user}", { params: { path: { user: user.id } } }));
    await queryClient.invalidateQueries({ queryKey: ["users"] });
    notify(`${user.name} is removed.`);
  };
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Remove ${user.name}?`}
      confirm="Remove user"
      danger
      onConfirm={remove}
    >
      <p>
        {user.status === "active"
          ? `${user.name} is logged out everywhere at once and cannot log in any more.`
          : "The invitation stops working."}
      </p>
      <p>
        Keys stay as they are: revoke under Keys those that {user.name} knows. What {user.name} did
        stays in the audit log.
      </p>
    </ConfirmDialog>
  );
}
