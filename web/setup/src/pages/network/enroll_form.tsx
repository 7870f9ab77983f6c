import { client, ok } from "@b3iq/shared/api/client.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { Button, Checkbox, PasswordInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { kOwnersWord } from "./link_words";
import styles from "./network.module.css";

/** Enrolls the node. The token lives in this component's state until it was used, also in vain. */
export function EnrollForm() {
  const cache = useQueryClient();
  const notify = useNotify();
  const [url, setUrl] = useState("");
  const [token, setToken] = useState("");
  const [allow, setAllow] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // Not a mutation: its cache would keep the token.
  const enroll = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const body = { control_plane_url: url.trim(), enrollment_token: token.trim(), allow };
    setToken("");
    try {
      await ok(client.POST("/setup/v1/enrollment", { body }));
      notify("The node is enrolled");
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
      for (const name of ["enrollment", "status"]) cache.invalidateQueries({ queryKey: [name] });
    }
  };
  const choose = (kind: string, wanted: boolean) =>
    setAllow(wanted ? [...allow, kind] : allow.filter((one) => one !== kind));
  return (
    <Section
      title="Join a control plane"
      about="Its operator gives you an address and a token that works once. The node calls it from then on; nothing is opened on this machine, and you can leave at any time."
    >
      <Card>
        <form className={styles.form} onSubmit={enroll}>
          <TextInput
            label="Address of the control plane"
            placeholder="https://control.example"
            inputMode="url"
            autoComplete="off"
            required
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
          />
          <PasswordInput
            label="Enrollment token"
            description="Begins with b3iq_enroll_. It is sent to that address and kept nowhere."
            autoComplete="off"
            required
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
          />
          <fieldset className={styles.choices}>
            <legend>It may also</legend>
            {kOwnersWord.map(({ kind, words }) => (
              <Checkbox
                key={kind}
                label={words}
                checked={allow.includes(kind)}
                onChange={(event) => choose(kind, event.currentTarget.checked)}
              />
            ))}
          </fieldset>
          <ErrorNotice error={error} />
          <div>
            <Button type="submit" loading={busy} disabled={!url.trim() || !token.trim()}>
              Enroll this node
            </Button>
          </div>
        </form>
      </Card>
    </Section>
  );
}
