import type { Invited, User } from "@b3iq/shared/api/types.ts";
import { type Column, DataList } from "@b3iq/shared/kit/data_list.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { Page } from "@b3iq/shared/kit/page.tsx";
import { SecretOnce } from "@b3iq/shared/kit/secret_once.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Soft } from "@b3iq/shared/kit/text_button.tsx";
import { RelativeTime } from "@b3iq/shared/kit/values.tsx";
import { Button } from "@mantine/core";
import { useState } from "react";
import { queryClient } from "../../app/queries";
import { useUser } from "../../app/session";
import { useUsers } from "../../parts/accounts";
import { ChangeRole } from "./change_role";
import { InviteUser } from "./invite_user";
import { addressToSend, roleAbout, roleNames } from "./roles";
import { InviteAgain, RemoveUser } from "./user_acts";
import styles from "./users.module.css";

type Act = { what: "role" | "invitation" | "remove"; user: User };

export default function UsersPage() {
  const users = useUsers();
  const [inviting, setInviting] = useState(false);
  const [act, setAct] = useState<Act | null>(null);
  const [invited, setInvited] = useState<Invited | null>(null);
  const show = (fresh: Invited) => {
    setInviting(false);
    setInvited(fresh);
    queryClient.invalidateQueries({ queryKey: ["users"] });
  };
  const inviteButton = <Button onClick={() => setInviting(true)}>Invite a user</Button>;
  const end = () => setAct(null);
  return (
    <Page
      title="Users"
      about="People who log in to these pages. Programs need no user: they have keys."
      actions={inviteButton}
    >
      <Loaded query={users}>
        {(rows) => (
          <>
            <UserList users={rows} onAct={setAct} />
            {rows.length === 1 && (
              <EmptyState title="You are the only user">
                Invite somebody as operator to run models with you, or as viewer to look on.
              </EmptyState>
            )}
          </>
        )}
      </Loaded>
      {inviting && <InviteUser onClose={() => setInviting(false)} onInvited={show} />}
      {act?.what === "role" && <ChangeRole user={act.user} onClose={end} />}
      {act?.what === "invitation" && <InviteAgain user={act.user} onClose={end} onInvited={show} />}
      {act?.what === "remove" && <RemoveUser user={act.user} onClose={end} />}
      <SecretOnce
        secret={invited && addressToSend(invited.url, location.origin)}
        title={`Invitation for ${invited?.user.name ?? ""}`}
        label="Address to open, once, within 24 hours"
        fileName="b3iq-invitation.txt"
        onClose={() => setInvited(null)}
      />
    </Page>
  );
}

function UserState({ user }: { user: User }) {
  const expires = user.invitation_expires_at;
  const open = expires !== null && Date.parse(expires) > Date.now();
  if (user.status === "active") {
    return (
      <div>
        <StatusDot tone="good">Active</StatusDot>
        {open && <Soft>may set a new password, {untilText(expires)}</Soft>}
      </div>
    );
  }
  return (
    <div>
      <StatusDot tone={open ? "busy" : "warn"}>{open ? "Invited" : "Invitation ended"}</StatusDot>
      {open && <Soft>{untilText(expires)}</Soft>}
    </div>
  );
}

function untilText(time: string): string {
  const hours = Math.max(1, Math.round((Date.parse(time) - Date.now()) / 3_600_000));
  return `for ${hours} more ${hours === 1 ? "hour" : "hours"}`;
}

function UserList({ users, onAct }: { users: User[]; onAct: (act: Act) => void }) {
  const me = useUser();
  const columns: Column<User>[] = [
    {
      title: "Name",
      main: true,
      cell: (user) => (
        <>
          {user.name}
          {user.id === me.id && <Soft>you</Soft>}
        </>
      ),
    },
    {
      title: "Role",
      cell: (user) => (
        <div>
          {roleNames[user.role]}
          <Soft>{roleAbout[user.role]}</Soft>
        </div>
      ),
    },
    { title: "State", cell: (user) => <UserState user={user} /> },
    { title: "Last here", cell: (user) => <RelativeTime time={user.last_seen_at} /> },
    {
      title: "Acts",
      actions: true,
      cell: (user) => user.role !== "owner" && <UserActs user={user} onAct={onAct} />,
    },
  ];
  return <DataList caption="Users" columns={columns} rows={users} rowKey={(user) => user.id} />;
}

function UserActs({ user, onAct }: { user: User; onAct: (act: Act) => void }) {
  const button = (what: Act["what"], text: string) => (
    <Button
      variant="default"
      size="xs"
      aria-label={`${text}: ${user.name}`}
      onClick={() => onAct({ what, user })}
    >
      {text}
    </Button>
  );
  return (
    <span className={styles.acts}>
      {button("role", "Role")}
      {button("invitation", user.status === "active" ? "New password" : "Invite again")}
      {button("remove", "Remove")}
    </span>
  );
}
