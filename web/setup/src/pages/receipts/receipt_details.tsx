import { saveText } from "@b3iq/shared/api/client.ts";
import { Facts } from "@b3iq/shared/kit/card.tsx";
import { CopyBlock, CopyButton } from "@b3iq/shared/kit/copy_block.tsx";
import { Dialog } from "@b3iq/shared/kit/dialog.tsx";
import { formatDuration, formatNumber, formatTime } from "@b3iq/shared/kit/formats.ts";
import { Mono } from "@b3iq/shared/kit/text_button.tsx";
import type { Json } from "@b3iq/shared/verify/canonical.ts";
import { readPublicKey } from "@b3iq/shared/verify/read_receipt.ts";
import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import { finishTexts, type ReceiptEntry } from "./receipt_data";
import styles from "./receipts.module.css";
import { VerificationView } from "./verification";

export function ReceiptDetails({
  entry,
  account,
  publicKey,
  onClose,
}: {
  entry: ReceiptEntry;
  account: string;
  /** This node's; undefined while it is not known. */
  publicKey: string | undefined;
  onClose: () => void;
}) {
  const [verifying, setVerifying] = useState(false);
  const key = useMemo(() => (publicKey ? readPublicKey(publicKey) : null), [publicKey]);
  const input = useMemo(
    () => ({ receipt: entry.receipt as unknown as Json, statedHash: entry.receipt_hash }),
    [entry],
  );
  const text = JSON.stringify(
    { receipt_hash: entry.receipt_hash, receipt: entry.receipt },
    null,
    2,
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Receipt ${entry.seq}`}
      size="wide"
      footer={
        <>
          <Button
            variant="default"
            onClick={() => saveText(`${text}\n`, `receipt-${entry.seq}.json`)}
          >
            Save to a file
          </Button>
          {!verifying && (
            <Button disabled={!key} onClick={() => setVerifying(true)}>
              Verify in this browser
            </Button>
          )}
        </>
      }
    >
      {verifying && key && <VerificationView input={input} publicKey={key} keyFrom="this_node" />}
      <ReceiptFacts entry={entry} account={account} />
      <div className={styles.json}>
        <CopyBlock label="The signed receipt" text={text} />
      </div>
      {publicKey && (
        <Facts
          rows={[
            [
              "Public key of this node",
              <span key="key" className={styles.row}>
                <Mono>{publicKey}</Mono>
                <CopyButton text={publicKey} label="Copy key" />
              </span>,
            ],
          ]}
        />
      )}
    </Dialog>
  );
}

function ReceiptFacts({ entry, account }: { entry: ReceiptEntry; account: string }) {
  const { receipt } = entry;
  const { usage } = receipt;
  const took = Date.parse(receipt.completed_at) - Date.parse(receipt.started_at);
  return (
    <Facts
      rows={[
        ["Model", receipt.model_id],
        ["Made by", account],
        ["Ended", `${formatTime(receipt.completed_at)}, after ${formatDuration(took)}`],
        ["How", finishTexts[receipt.finish] ?? receipt.finish],
        [
          "Tokens",
          `${formatNumber(usage.prompt_tokens)} in, ${formatNumber(usage.completion_tokens)} out`,
        ],
        ["Runtime", receipt.runtime_kind],
        ["Job", <Mono key="job">{receipt.job_id}</Mono>],
        ["Hash", <Mono key="hash">{entry.receipt_hash}</Mono>],
        ["Content commitment", <Mono key="commitment">{receipt.content_commitment}</Mono>],
      ]}
    />
  );
}
