import type { Key } from "@b3iq/shared/api/types.ts";
import { Facts } from "@b3iq/shared/kit/card.tsx";
import { Dialog } from "@b3iq/shared/kit/dialog.tsx";
import { formatTime } from "@b3iq/shared/kit/formats.ts";
import { Mono } from "@b3iq/shared/kit/text_button.tsx";
import { RelativeTime } from "@b3iq/shared/kit/values.tsx";
import { Button } from "@mantine/core";
import { Link } from "wouter";
import { KeyLimits, KeyState } from "./key_cells";
import { type BudgetPart, scopesText } from "./key_rules";

export function KeyDetails({
  keyRow,
  parts,
  mayManage,
  onClose,
  onRevoke,
}: {
  /** null: closed. */
  keyRow: Key | null;
  parts: BudgetPart[] | null;
  mayManage: boolean;
  onClose: () => void;
  onRevoke: (key: Key) => void;
}) {
  return (
    <Dialog
      open={keyRow !== null}
      onClose={onClose}
      title={keyRow?.name ?? ""}
      footer={
        <>
          {mayManage && keyRow?.status === "active" && (
            <Button variant="light" color="red" onClick={() => onRevoke(keyRow)}>
              Revoke…
            </Button>
          )}
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      {keyRow && (
        <>
          <Facts
            rows={[
              ["State", <KeyState key="state" keyRow={keyRow} />],
              ["May", scopesText(keyRow)],
              ["Models", keyRow.models.length > 0 ? keyRow.models.join(", ") : "All"],
              ["Limits", <KeyLimits key="limits" keyRow={keyRow} parts={parts} />],
              [
                "User",
                keyRow.user
                  ? `${keyRow.user}: every key of this user counts against one allowance`
                  : "None: the key has an allowance of its own",
              ],
              ["Last used", <RelativeTime key="used" time={keyRow.last_used_at} />],
              ["Made", keyRow.created_at && formatTime(keyRow.created_at)],
              ["Ends", keyRow.expires_at ? formatTime(keyRow.expires_at) : "never"],
              ["Id", <Mono key="id">{keyRow.id}</Mono>],
            ]}
          />
          <p>
            <Link href={`/requests?account=${keyRow.id}`}>Its requests</Link>
          </p>
        </>
      )}
    </Dialog>
  );
}
