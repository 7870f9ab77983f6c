// The steps of a check, as they went, and what they prove.
import { CopyBlock } from "@b3iq/shared/kit/copy_block.tsx";
import type { Content } from "@b3iq/shared/verify/content.ts";
import type { ReceiptInput } from "@b3iq/shared/verify/read_receipt.ts";
import {
  missingCrypto,
  type Step,
  type StepId,
  type Verification,
  verifyReceipt,
} from "@b3iq/shared/verify/verify_receipt.ts";
import { useEffect, useState } from "react";
import styles from "./receipts.module.css";

const titles: Record<StepId, string> = {
  form: "It has the form of a receipt",
  node: "The key belongs to the node that the receipt names",
  hash: "Its hash, computed here from its canonical bytes",
  signature: "The signature, checked here with Ed25519",
  content: "It is about this question and this answer",
};

const marks: Record<Step["state"], [sign: string, words: string]> = {
  passed: ["✓", "holds"],
  failed: ["×", "fails"],
  unknown: ["?", "not checked"],
  skipped: ["–", "not reached"],
};

type Missing = Awaited<ReturnType<typeof missingCrypto>>;

/** Runs the check when it is shown. */
export function VerificationView({
  input,
  publicKey,
  keyFrom,
  content = null,
}: {
  input: ReceiptInput;
  publicKey: Uint8Array;
  /** Whose key it is, for the words about what is proved. */
  keyFrom: "this_node" | "given";
  content?: Content | null;
}) {
  const [found, setFound] = useState<{ result: Verification; missing: Missing } | null>(null);
  useEffect(() => {
    let current = true;
    Promise.all([verifyReceipt(input, publicKey, undefined, content), missingCrypto()]).then(
      ([result, missing]) => {
        if (current) setFound({ result, missing });
      },
    );
    return () => {
      current = false;
    };
  }, [input, publicKey, content]);
  if (!found) return <p role="status">Checking…</p>;
  const { result, missing } = found;
  return (
    <div className={styles.stack}>
      <Verdict holds={result.holds} />
      <ol className={styles.steps}>
        {result.steps.map((step) => (
          <li key={step.id}>
            <span className={styles.mark} data-state={step.state} aria-hidden="true">
              {marks[step.state][0]}
            </span>
            <p className={styles.stepTitle}>
              {titles[step.id]}
              <span className="b3-visually-hidden">: {marks[step.state][1]}</span>
            </p>
            {step.detail && <p className={styles.stepDetail}>{step.detail}</p>}
          </li>
        ))}
      </ol>
      {missing && <OtherWay missing={missing} />}
      {result.holds && <Proof keyFrom={keyFrom} ofContent={content !== null} />}
    </div>
  );
}

function Verdict({ holds }: { holds: boolean | null }) {
  const [title, about] =
    holds === true
      ? ["The receipt holds.", "Your browser computed all of it. The node was not asked."]
      : holds === false
        ? ["The receipt does not hold.", "Do not rely on it. The step that failed says why."]
        : ["Not everything could be checked here.", "It is neither shown right nor wrong."];
  return (
    <div className={styles.verdict} data-holds={String(holds)} role="status">
      <p className={styles.verdictTitle}>{title}</p>
      <p>{about}</p>
    </div>
  );
}

function OtherWay({ missing }: { missing: Exclude<Missing, null> }) {
  return (
    <div className={styles.stack}>
      <p>
        {missing === "secure_context"
          ? "A browser lets only secure pages use its cryptography: open this page by https, or by 127.0.0.1 through an SSH tunnel. "
          : "This browser is too old for Ed25519: use a newer one. "}
        Or check it on a command line, with Node.js and the script from the node's source:
      </p>
      <CopyBlock
        label="On a command line"
        text="node tests/e2e/verify_receipt.mjs RECEIPT.json PUBLIC_KEY"
      />
    </div>
  );
}

function Proof({ keyFrom, ofContent }: { keyFrom: "this_node" | "given"; ofContent: boolean }) {
  return (
    <div className={styles.proof}>
      <div>
        <h3>What this proves</h3>
        <ul>
          <li>The holder of the node's key signed exactly these lines.</li>
          <li>Nothing in them was changed since: no count, time or model name.</li>
          <li>
            {ofContent
              ? "The node gave exactly this answer to exactly this question."
              : "Who kept the question, the answer and its salt can show that they belong to it."}
          </li>
        </ul>
      </div>
      <div>
        <h3>What it does not</h3>
        <ul>
          <li>That the answer is right, or that the model is the one its name says.</li>
          {!ofContent && <li>What was asked or answered: a receipt holds neither.</li>}
          <li>
            {keyFrom === "given"
              ? "Whose key it is: get the key from the node's owner, not from who sent the receipt."
              : "Anything to others, until they have this node's key from you."}
          </li>
        </ul>
      </div>
    </div>
  );
}
