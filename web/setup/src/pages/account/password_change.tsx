import { client, ok } from "@b3iq/shared/api/client.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { Button, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { NewPassword } from "../../app/gate/new_password";
import { isTooShort } from "../../app/gate/strength";
import { useSession, useUser } from "../../app/session";
import styles from "./account.module.css";

export function PasswordChange() {
  const notify = useNotify();
  const cache = useQueryClient();
  const { begin } = useSession();
  const { name } = useUser();
  const [current, setCurrent] = useState("");
  const [wanted, setWanted] = useState("");
  const [tried, setTried] = useState(false);
  const change = useMutation({
    mutationFn: () =>
      ok(
        client.POST("/setup/v1/owner/password", {
          body: { current_password: current, new_password: wanted },
        }),
      ),
    onSuccess: (session) => {
      begin(session);
      setCurrent("");
      setWanted("");
      setTried(false);
      notify("Password changed");
      cache.invalidateQueries({ queryKey: ["sessions"] });
    },
  });
  return (
    <Card>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (!isTooShort(wanted)) change.mutate();
        }}
      >
        <ErrorNotice error={change.error} />
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <NewPassword
          label="New password"
          value={wanted}
          onChange={setWanted}
          tried={tried}
          userName={name}
        />
        <div>
          <Button type="submit" loading={change.isPending}>
            Change password
          </Button>
        </div>
      </form>
    </Card>
  );
}
