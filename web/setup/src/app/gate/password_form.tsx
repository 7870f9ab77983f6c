import type { Session } from "@b3iq/shared/api/types.ts";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import styles from "./gate.module.css";
import { NewPassword } from "./new_password";
import { isTooShort } from "./strength";

/** Sets a password, with a name where one is to be chosen, and begins the session that answers. */
export function PasswordForm({
  withName = false,
  userName,
  submit,
  send,
  onDone,
  before,
}: {
  withName?: boolean;
  /** Whose password it is, where that is known. */
  userName?: string;
  submit: string;
  send: (name: string, password: string) => Promise<Session>;
  onDone: (session: Session) => void;
  before?: ReactNode;
}) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const act = useMutation({ mutationFn: () => send(name.trim(), password), onSuccess: onDone });
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (!isTooShort(password)) act.mutate();
      }}
    >
      <ErrorNotice error={act.error} />
      {before}
      {withName && (
        <TextInput
          label="Your name"
          description="You log in with it. It stays on this node."
          autoComplete="username"
          required
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      <NewPassword value={password} onChange={setPassword} tried={tried} userName={userName} />
      <Button type="submit" loading={act.isPending}>
        {submit}
      </Button>
    </form>
  );
}
