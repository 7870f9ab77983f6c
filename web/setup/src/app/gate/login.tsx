import { client, ok } from "@b3iq/shared/api/client.ts";
import type { ApiError } from "@b3iq/shared/api/errors.ts";
import { CopyBlock } from "@b3iq/shared/kit/copy_block.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useSession } from "../session";
import styles from "./gate.module.css";
import { GateFrame } from "./gate_frame";

export function Login({ tokenError }: { tokenError: ApiError | null }) {
  const { begin } = useSession();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const login = useMutation({
    mutationFn: () => ok(client.POST("/setup/v1/login", { body: { name, password } })),
    onSuccess: begin,
  });
  return (
    <GateFrame title="Log in" about="This node has an owner.">
      <ErrorNotice error={login.error ?? tokenError} />
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          login.mutate();
        }}
      >
        <TextInput
          label="Name"
          autoComplete="username"
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" loading={login.isPending}>
          Log in
        </Button>
      </form>
      <details className={styles.help}>
        <summary>Forgot the password?</summary>
        <p>
          The owner sets a new one with an address that this command prints on the node's machine:
        </p>
        <CopyBlock label="On the node's machine" text="b3iq-host wizard url --with-token" />
        <p>Everybody else asks the owner for a new invitation.</p>
      </details>
    </GateFrame>
  );
}
