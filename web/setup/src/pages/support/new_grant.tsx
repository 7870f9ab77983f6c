import { client, ok } from "@b3iq/shared/api/client.ts";
import { Dialog } from "@b3iq/shared/kit/dialog.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { SecretOnce } from "@b3iq/shared/kit/secret_once.tsx";
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { grantTimes } from "./grant_words";
import styles from "./support.module.css";

/** Makes a grant and shows its secret once. The secret lives in this component's state alone. */
export function NewGrant({ open, onClose }: { open: boolean; onClose: () => void }) {
  const cache = useQueryClient();
  const [note, setNote] = useState("");
  const [expires, setExpires] = useState("24h");
  const [secret, setSecret] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // Not a mutation: its cache would keep the secret.
  const make = async () => {
    setBusy(true);
    setError(null);
    try {
      const body = { note: note.trim(), expires };
      const made = await ok(client.POST("/setup/v1/support-grants", { body }));
      setSecret(made.secret);
      setNote("");
      cache.invalidateQueries({ queryKey: ["support-grants"] });
      onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Dialog
        open={open}
        onClose={onClose}
        title="New grant"
        footer={
          <>
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" form="new-grant" loading={busy}>
              Make the grant
            </Button>
          </>
        }
      >
        <form
          id="new-grant"
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            make();
          }}
        >
          <TextInput
            label="For whom, or why"
            description="Only you see it."
            placeholder="Vendor, ticket 12"
            maxLength={200}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <NativeSelect
            label="It ends after"
            value={expires}
            data={grantTimes}
            onChange={(event) => setExpires(event.currentTarget.value)}
          />
          <ErrorNotice error={error} />
        </form>
      </Dialog>
      <SecretOnce
        secret={secret}
        title="Your support grant"
        label="Give this to the person who helps"
        fileName="b3iq-support-grant.txt"
        onClose={() => setSecret(null)}
      />
    </>
  );
}
