// A receipt of somebody else, pasted or dropped, with that node's key.
import { Card } from "@b3iq/shared/kit/card.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import {
  type ReceiptInput,
  readPublicKey,
  readReceiptText,
} from "@b3iq/shared/verify/read_receipt.ts";
import { Button, FileButton, Textarea, TextInput } from "@mantine/core";
import { type DragEvent, type FormEvent, useState } from "react";
import styles from "./receipts.module.css";
import { VerificationView } from "./verification";

interface Checked {
  input: ReceiptInput;
  publicKey: Uint8Array;
}

export function CheckAny({ ownKey }: { ownKey: string | undefined }) {
  const [text, setText] = useState("");
  const [keyText, setKeyText] = useState("");
  const [faults, setFaults] = useState<{ text?: string; key?: string }>({});
  const [checked, setChecked] = useState<Checked | null>(null);
  const check = (event: FormEvent) => {
    event.preventDefault();
    const publicKey = readPublicKey(keyText);
    const [input, fault] = read(text);
    setFaults({
      text: fault,
      key: publicKey
        ? undefined
        : "A public key has 32 bytes: 43 characters, or 64 hexadecimal digits.",
    });
    setChecked(input && publicKey ? { input, publicKey } : null);
  };
  const change = (value: string) => {
    setText(value);
    setChecked(null);
    setFaults({});
  };
  return (
    <Section
      title="Check any receipt"
      about="One that somebody showed you, of this node or another. Nothing is sent anywhere: your browser does the arithmetic."
    >
      <Card>
        <form className={styles.stack} onSubmit={check}>
          <ReceiptField text={text} fault={faults.text} onChange={change} />
          <TextInput
            label="Public key of the node that signed"
            description="It stands under Settings of that node. Ask its owner for it."
            required
            autoComplete="off"
            spellCheck={false}
            value={keyText}
            error={faults.key}
            onChange={(event) => {
              setKeyText(event.currentTarget.value);
              setChecked(null);
            }}
          />
          <div className={styles.row}>
            <Button type="submit" disabled={!text.trim() || !keyText.trim()}>
              Verify in this browser
            </Button>
            {ownKey && (
              <Button variant="default" onClick={() => setKeyText(ownKey)}>
                Use this node's key
              </Button>
            )}
          </div>
        </form>
        {checked && (
          <VerificationView
            input={checked.input}
            publicKey={checked.publicKey}
            keyFrom={keyText.trim() === ownKey ? "this_node" : "given"}
          />
        )}
      </Card>
    </Section>
  );
}

function read(text: string): [ReceiptInput | null, string | undefined] {
  try {
    return [readReceiptText(text), undefined];
  } catch (error) {
    return [null, (error as Error).message];
  }
}

const kMostFile = 64 * 1024;

function ReceiptField({
  text,
  fault,
  onChange,
}: {
  text: string;
  fault: string | undefined;
  onChange: (text: string) => void;
}) {
  const [over, setOver] = useState(false);
  const take = async (file: File | null | undefined) => {
    if (file) onChange(await file.slice(0, kMostFile + 1).text());
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping a file is the same as the button
    <div
      className={styles.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Textarea
        className={styles.area}
        label="Receipt"
        description="Paste its JSON, or drop the file here. It stays in this browser."
        required
        rows={8}
        spellCheck={false}
        placeholder={'{"type":"b3iq-receipt-v1", …}'}
        value={text}
        error={fault}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <div className={styles.row}>
        <FileButton onChange={take} accept="application/json,.json,.txt">
          {(props) => (
            <Button {...props} variant="default" size="xs">
              Choose a file
            </Button>
          )}
        </FileButton>
      </div>
    </div>
  );
}
