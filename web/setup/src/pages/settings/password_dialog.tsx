// An act that needs the owner's own password. The password lives in this dialog alone.
import { asApiError } from "@b3iq/shared/api/errors.ts";
import { Dialog } from "@b3iq/shared/kit/dialog.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Button, PasswordInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useId, useState } from "react";
import { useUser } from "../../app/session";
import styles from "./settings.module.css";

export function PasswordDialog<Result>({
  title,
  confirm,
  danger = false,
  needed = true,
  send,
  onDone,
  onClose,
  children,
}: {
  title: string;
  confirm: string;
  danger?: boolean;
  /** False: this act needs none (yet). */
  needed?: boolean;
  /** Rejects with what to show; the dialog stays open then. */
  send: (password: string) => Promise<Result>;
  onDone: (result: Result) => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const form = useId();
  const user = useUser();
  const [password, setPassword] = useState("");
  const act = useMutation({ mutationFn: () => send(password), onSuccess: onDone });
  const error = act.error ? asApiError(act.error) : null;
  const wrong = needed && (error?.status === 401 || error?.param === "password");
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            form={form}
            color={danger ? "red" : undefined}
            loading={act.isPending}
            disabled={needed && !password}
          >
            {confirm}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          act.mutate();
        }}
      >
        {children}
        {needed && (
          <>
            <input
              className="b3-visually-hidden"
              type="text"
              autoComplete="username"
              value={user.name}
              readOnly
              tabIndex={-1}
              aria-hidden="true"
            />
            <PasswordInput
              label="Your password"
              autoComplete="current-password"
              value={password}
              error={wrong ? error?.detail : undefined}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          </>
        )}
        {!wrong && <ErrorNotice error={error} />}
      </form>
    </Dialog>
  );
}
