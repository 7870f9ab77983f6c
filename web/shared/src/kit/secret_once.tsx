import { Button, Checkbox } from "@mantine/core";
import { useState } from "react";
import { saveText } from "../api/client";
import { copyText } from "./copy_block";
import { Dialog } from "./dialog";
import styles from "./secret_once.module.css";

/** A secret, shown in place: to copy or to save. It lives in the caller's state alone. */
export function SecretValue({
  secret,
  label,
  fileName,
}: {
  secret: string;
  label: string;
  fileName: string;
}) {
  const [said, setSaid] = useState("");
  const copy = async () =>
    setSaid((await copyText(secret)) ? "Copied." : "Select it and copy it by hand.");
  const save = () => {
    saveText(`${secret}\n`, fileName);
    setSaid(`Saved as ${fileName}.`);
  };
  return (
    <div className={styles.secret}>
      <p className={styles.label}>{label}</p>
      <code className={styles.value} data-testid="secret">
        {secret}
      </code>
      <div className={styles.acts}>
        <Button size="xs" onClick={copy}>
          Copy
        </Button>
        <Button size="xs" variant="default" onClick={save}>
          Save to a file
        </Button>
        <span className={styles.said} role="status">
          {said}
        </span>
      </div>
    </div>
  );
}

/**
 * A secret that the node tells once. It cannot be closed by accident; `onClose` must drop it from
 * the caller's state, so that nothing keeps it.
 */
export function SecretOnce({
  secret,
  title,
  label,
  fileName,
  onClose,
}: {
  /** null: closed. */
  secret: string | null;
  title: string;
  label: string;
  fileName: string;
  onClose: () => void;
}) {
  const [kept, setKept] = useState(false);
  const close = () => {
    setKept(false);
    onClose();
  };
  return (
    <Dialog
      open={secret !== null}
      onClose={close}
      dismissable={false}
      title={title}
      footer={
        <Button disabled={!kept} onClick={close}>
          Done
        </Button>
      }
    >
      <p>Copy it or save it now. The node keeps only its fingerprint and cannot show it again.</p>
      {secret && <SecretValue secret={secret} label={label} fileName={fileName} />}
      <Checkbox
        label="I have put it somewhere safe"
        checked={kept}
        onChange={(event) => setKept(event.currentTarget.checked)}
      />
    </Dialog>
  );
}
