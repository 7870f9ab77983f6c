// A receipt of somebody else, pasted or dropped, with that node's key.
import { Card } from "@b3iq/shared/kit/card.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import type { Content } from "@b3iq/shared/verify/content.ts";
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
  content: Content | null;
}

export function CheckAny({ ownKey }: { ownKey: string | undefined }) {
  const [text, setText] = useState("");
  const [keyText, setKeyText] = useState("");
  const [faults, setFaults] = useState<{ text?: string; key?: string }>({});
  const [request, setRequest] = useState<File | null>(null);
  const [answer, setAnswer] = useState<File | null>(null);
  const [checked, setChecked] = useState<Checked | null>(null);
  const check = async (event: FormEvent) => {
    event.preventDefault();
    const content = request && answer ? await contentOf(request, answer) : null;
    const publicKey = readPublicKey(keyText);
    const [input, fault] = read(text);
    setFaults({
      text: fault,
      key: publicKey
        ? undefined
        : "A public key has 32 bytes: 43 characters, or 64 hexadecimal digits.",
    });
    setChecked(input && publicKey ? { input, publicKey, content } : null);
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
          <ContentFiles
            request={request}
            answer={answer}
            onRequest={(file) => {
              setRequest(file);
              setChecked(null);
            }}
            onAnswer={(file) => {
              setAnswer(file);
              setChecked(null);
            }}
          />
          <div className={styles.row}>
            <Button
              type="submit"
              disabled={!text.trim() || !keyText.trim() || (request === null) !== (answer === null)}
            >
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
            content={checked.content}
            keyFrom={keyText.trim() === ownKey ? "this_node" : "given"}
          />
        )}
      </Card>
    </Section>
  );
}

async function contentOf(request: File, answer: File): Promise<Content> {
  return {
    request: new Uint8Array(await request.arrayBuffer()),
    answer: new Uint8Array(await answer.arrayBuffer()),
  };
}

function ContentFiles({
  request,
  answer,
  onRequest,
  onAnswer,
}: {
  request: File | null;
  answer: File | null;
  onRequest: (file: File | null) => void;
  onAnswer: (file: File | null) => void;
}) {
  const pick = (what: string, file: File | null, onFile: (file: File | null) => void) => (
    <div className={styles.row}>
      <FileButton onChange={onFile}>
        {(props) => (
          <Button {...props} variant="default" size="xs">
            {what}
          </Button>
        )}
      </FileButton>
      <span>{file ? file.name : "none chosen"}</span>
    </div>
  );
  return (
    <details className={styles.more} open={request !== null || answer !== null || undefined}>
      <summary>Check also which question and answer it is about</summary>
      <div className={styles.stack}>
        <p>
          For who kept both as files, byte for byte: the body that was sent, and all of the answer
          as it came, its <code>b3iq</code> member with the salt included.
        </p>
        {pick("File with the request", request, onRequest)}
        {pick("File with the answer", answer, onAnswer)}
        {(request === null) !== (answer === null) && (
          <p role="status">Choose the other one, too.</p>
        )}
      </div>
    </details>
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
