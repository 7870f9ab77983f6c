import { client, ok } from "@b3iq/shared/api/client.ts";
import type { User } from "@b3iq/shared/api/types.ts";
import { ConfirmDialog } from "@b3iq/shared/kit/dialog.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { useState } from "react";
import { queryClient } from "../../app/queries";
import { RoleChoice } from "./role_choice";
import { type Invitable, roleNames } from "./roles";

export function ChangeRole({ user, onClose }: { user: User; onClose: () => void }) {
  const notify = useNotify();
  const [role, setRole] = useState<Invitable>(user.role === "operator" ? "operator" : "viewer");
  const change = async () => {
    const params = { path: { user: user.id } };
    await ok(client.POST("/setup/v1/users/{user}/role", { params, body: { role } }));
    await queryClient.invalidateQueries({ queryKey: ["users"] });
    notify(`${user.name} is now ${roleNames[role].toLowerCase()}.`);
  };
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Role of ${user.name}`}
      confirm="Set role"
      onConfirm={change}
    >
      <RoleChoice role={role} onChange={setRole} />
      <p>It holds at once, also for pages that {user.name} has open.</p>
    </ConfirmDialog>
  );
}
