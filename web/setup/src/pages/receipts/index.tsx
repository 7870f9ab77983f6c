import { ChoiceBar, FilterBar } from "@b3iq/shared/kit/choice_bar.tsx";
import { type Column, DataList } from "@b3iq/shared/kit/data_list.tsx";
import { Dialog } from "@b3iq/shared/kit/dialog.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { formatNumber } from "@b3iq/shared/kit/formats.ts";
import { Loading } from "@b3iq/shared/kit/loading.tsx";
import { Page } from "@b3iq/shared/kit/page.tsx";
import { Mono, Soft, TextButton } from "@b3iq/shared/kit/text_button.tsx";
import { RelativeTime } from "@b3iq/shared/kit/values.tsx";
import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useSearchParams } from "wouter";
import { useStatus } from "../../app/data";
import { nameWithHint } from "../../parts/account_words";
import { AccountName, useAccountNames } from "../../parts/accounts";
import { CheckAny } from "./check_any";
import {
  finishTexts,
  isReceiptHash,
  type ReceiptEntry,
  useReceiptOf,
  useReceipts,
} from "./receipt_data";
import { ReceiptDetails } from "./receipt_details";

const kViews = [
  { value: "list", name: "Of this node" },
  { value: "check", name: "Check any receipt" },
] as const;

export default function ReceiptsPage() {
  const [query, setQuery] = useSearchParams();
  const status = useStatus();
  const view = query.get("view") === "check" ? "check" : "list";
  const opened = query.get("receipt");
  const open = (hash: string | null) => setQuery(hash ? { receipt: hash } : {}, { replace: true });
  return (
    <Page
      title="Receipts"
      about="Each answer leaves a receipt that this node signs: model, tokens, times, and a fingerprint of the content. It holds no prompt and no answer."
    >
      <FilterBar>
        <ChoiceBar
          label="What to look at"
          choices={kViews}
          value={view}
          onChange={(value) => setQuery(value === "check" ? { view: "check" } : {})}
        />
        {view === "list" && <FindByHash onFind={open} />}
      </FilterBar>
      {view === "check" ? (
        <CheckAny ownKey={status.data?.public_key_ed25519} />
      ) : (
        <ReceiptList onOpen={open} />
      )}
      {opened && (
        <OpenedReceipt
          hash={opened}
          publicKey={status.data?.public_key_ed25519}
          onClose={() => open(null)}
        />
      )}
    </Page>
  );
}

function FindByHash({ onFind }: { onFind: (hash: string) => void }) {
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const find = (event: FormEvent) => {
    event.preventDefault();
    const hash = text.trim().toLowerCase();
    if (isReceiptHash(hash)) onFind(hash);
    else setFault("A receipt's hash is 0x and 64 hexadecimal digits.");
  };
  return (
    <form data-wide onSubmit={find}>
      <TextInput
        aria-label="Find by receipt hash"
        placeholder="Find by hash: 0x… and Enter"
        autoComplete="off"
        spellCheck={false}
        value={text}
        error={fault}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setFault(null);
        }}
      />
    </form>
  );
}

function ReceiptList({ onOpen }: { onOpen: (hash: string) => void }) {
  const receipts = useReceipts();
  const nameOf = useAccountNames();
  if (receipts.data === undefined) {
    return receipts.error ? (
      <ErrorNotice error={receipts.error} onRetry={receipts.refetch} />
    ) : (
      <Loading />
    );
  }
  const rows = receipts.data.pages.flatMap((page) => page.data);
  if (rows.length === 0) {
    return (
      <EmptyState title="No receipts yet">
        The first answer of a model makes the first one. Ask something in the playground.
      </EmptyState>
    );
  }
  return (
    <>
      <ErrorNotice error={receipts.error} onRetry={receipts.refetch} />
      <DataList
        caption="Receipts, newest first"
        columns={columnsOf(nameOf, onOpen)}
        rows={rows}
        rowKey={(row) => row.seq}
      />
      {receipts.hasNextPage && (
        <div>
          <Button
            variant="default"
            loading={receipts.isFetchingNextPage}
            onClick={() => receipts.fetchNextPage()}
          >
            Show older
          </Button>
        </div>
      )}
    </>
  );
}

function columnsOf(
  nameOf: (account: string) => string,
  onOpen: (hash: string) => void,
): Column<ReceiptEntry>[] {
  return [
    {
      title: "Receipt",
      main: true,
      cell: (row) => (
        <TextButton onClick={() => onOpen(row.receipt_hash)}>
          <Mono>{row.receipt_hash.slice(0, 14)}…</Mono>
        </TextButton>
      ),
    },
    { title: "When", cell: (row) => <RelativeTime time={row.receipt.completed_at} /> },
    {
      title: "By",
      cell: (row) => <AccountName account={row.account} name={nameOf(row.account)} />,
    },
    {
      title: "Model",
      cell: (row) => (
        <div>
          {row.receipt.model_id}
          <Soft>{row.receipt.runtime_kind}</Soft>
        </div>
      ),
    },
    {
      title: "Tokens",
      numeric: true,
      cell: (row) =>
        `${formatNumber(row.receipt.usage.prompt_tokens)} in, ${formatNumber(row.receipt.usage.completion_tokens)} out`,
    },
    { title: "End", cell: (row) => finishTexts[row.receipt.finish] ?? row.receipt.finish },
  ];
}

function OpenedReceipt({
  hash,
  publicKey,
  onClose,
}: {
  hash: string;
  publicKey: string | undefined;
  onClose: () => void;
}) {
  const nameOf = useAccountNames();
  const found = useReceiptOf(hash);
  if (found.data) {
    return (
      <ReceiptDetails
        entry={found.data}
        account={nameWithHint(found.data.account, nameOf(found.data.account))}
        publicKey={publicKey}
        onClose={onClose}
      />
    );
  }
  return (
    <Dialog open onClose={onClose} title="Receipt">
      {found.error ? (
        <ErrorNotice error={found.error} onRetry={found.refetch} />
      ) : found.data === null || !isReceiptHash(hash) ? (
        <p>
          This node has no receipt with the hash <Mono>{hash}</Mono>. If another node made it, paste
          it under “Check any receipt”.
        </p>
      ) : (
        <Loading />
      )}
    </Dialog>
  );
}
