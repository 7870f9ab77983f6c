import { client, ok } from "@b3iq/shared/api/client.ts";
import { asApiError } from "@b3iq/shared/api/errors.ts";
import type { Invited } from "@b3iq/shared/api/types.ts";
import { Dialog } from "@b3iq/shared/kit/dialog.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { RoleChoice } from "./role_choice";
import { type Invitable, isLoopback } from "./roles";
import styles from "./users.module.css";

export function InviteUser({
  onClose,
  onInvited,
}: {
  onClose: () => void;
  onInvited: (invited: Invited) => void;
}) {
  const form = useId();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Invitable>("viewer");
  const invite = useMutation({
    mutationFn: () => ok(client.POST("/setup/v1/users", { body: { name: name.trim(), role } })),
    onSuccess: onInvited,
  });
  const error = invite.error ? asApiError(invite.error) : null;
  const ofName = error !== null && (error.param === "name" || error.code === "conflict");
  return (
    <Dialog
      open
      onClose={onClose}
      title="Invite a user"
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form={form} loading={invite.isPending} disabled={!name.trim()}>
            Make the invitation
          </Button>
        </>
      }
    >
      <form
        id={form}
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          invite.mutate();
        }}
      >
        {!ofName && <ErrorNotice error={error} />}
        <TextInput
          label="Name"
          description="They log in with it. It stands in lists and in the audit log."
          required
          maxLength={64}
          autoComplete="off"
          value={name}
          error={ofName ? error.detail : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <RoleChoice role={role} onChange={setRole} />
        <p className={styles.note}>
          You get an address that works once, for 24 hours. Who opens it chooses the password, so
          hand it to that person alone.
          {isLoopback(location.hostname) &&
            " This page is open on the node's own machine: from another one they need a tunnel, or the node a network address."}
        </p>
      </form>
    </Dialog>
  );
}
