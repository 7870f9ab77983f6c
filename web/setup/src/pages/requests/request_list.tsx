import type { LoggedRequest } from "@b3iq/shared/api/types.ts";
import { ChoiceBar, FilterBar } from "@b3iq/shared/kit/choice_bar.tsx";
import { type Column, DataList } from "@b3iq/shared/kit/data_list.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { formatDuration, formatNumber } from "@b3iq/shared/kit/formats.ts";
import { Loading } from "@b3iq/shared/kit/loading.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Soft, TextButton } from "@b3iq/shared/kit/text_button.tsx";
import { RelativeTime } from "@b3iq/shared/kit/values.tsx";
import { Button, NativeSelect } from "@mantine/core";
import { useKeys, useModels } from "../../app/data";
import { nameWithHint, toldName } from "../../parts/account_words";
import { AccountName, useAccountNames } from "../../parts/accounts";
import { type Filters, useRequests } from "./request_data";
import { operationName, outcomes } from "./request_words";

const kOutcomes = [
  { value: "", name: "All" },
  { value: "ok", name: "Answered" },
  { value: "error", name: "Failed" },
  { value: "cancelled", name: "Cancelled" },
] as const;

export function RequestFilters({
  filters,
  onChange,
}: {
  filters: Filters;
  onChange: (part: Partial<Filters>) => void;
}) {
  const keys = useKeys();
  const models = useModels();
  const nameOf = useAccountNames();
  const accounts = (keys.data ?? []).map((key) => ({ value: key.id, label: labelOf(key) }));
  if (filters.account && !accounts.some(({ value }) => value === filters.account)) {
    accounts.unshift({
      value: filters.account,
      label: nameWithHint(filters.account, nameOf(filters.account)),
    });
  }
  const names = new Set([...(models.data ?? []).map((model) => model.id), filters.model]);
  return (
    <FilterBar>
      <ChoiceBar
        label="Outcome"
        choices={kOutcomes}
        value={filters.outcome}
        onChange={(outcome) => onChange({ outcome })}
      />
      <NativeSelect
        aria-label="Key"
        data={[{ value: "", label: "Every key" }, ...accounts]}
        value={filters.account}
        onChange={(event) => onChange({ account: event.currentTarget.value })}
      />
      <NativeSelect
        aria-label="Model"
        data={[
          { value: "", label: "Every model" },
          ...[...names].filter(Boolean).map((name) => ({ value: name, label: name })),
        ]}
        value={filters.model}
        onChange={(event) => onChange({ model: event.currentTarget.value })}
      />
    </FilterBar>
  );
}

function labelOf(key: { name: string; status: string }): string {
  return key.status === "active" ? key.name : `${key.name} (${key.status})`;
}

export function RequestList({
  filters,
  onOpen,
}: {
  filters: Filters;
  onOpen: (row: LoggedRequest) => void;
}) {
  const requests = useRequests(filters);
  if (requests.data === undefined) {
    return requests.error ? (
      <ErrorNotice error={requests.error} onRetry={requests.refetch} />
    ) : (
      <Loading />
    );
  }
  const rows = requests.data.pages.flatMap((page) => page.data);
  const filtered = filters.outcome || filters.account || filters.model;
  if (rows.length === 0) {
    return (
      <EmptyState title={filtered ? "Nothing fits" : "No requests since the node was started"}>
        {filtered
          ? "No request in the log is like this. Choose less."
          : "Each call of a program, answered or refused, gets a line here: who, which model, how many tokens, how long. What was asked is not kept."}
      </EmptyState>
    );
  }
  return (
    <>
      <ErrorNotice error={requests.error} onRetry={requests.refetch} />
      <DataList
        caption="Requests, newest first"
        columns={columnsOf(onOpen)}
        rows={rows}
        rowKey={(row) => row.id}
      />
      {requests.hasNextPage && (
        <div>
          <Button
            variant="default"
            loading={requests.isFetchingNextPage}
            onClick={() => requests.fetchNextPage()}
          >
            Show older
          </Button>
        </div>
      )}
    </>
  );
}

function columnsOf(onOpen: (row: LoggedRequest) => void): Column<LoggedRequest>[] {
  return [
    {
      title: "Request",
      main: true,
      cell: (row) => (
        <>
          <TextButton onClick={() => onOpen(row)}>{operationName(row.operation)}</TextButton>
          {(row.model || row.error_code === "model_not_found") && (
            <Soft>{row.model || "a model that is not here"}</Soft>
          )}
        </>
      ),
    },
    {
      title: "When",
      cell: (row) => (
        <div>
          <RelativeTime time={row.last_at} />
          {row.count > 1 && <Soft>{formatNumber(row.count)} alike</Soft>}
        </div>
      ),
    },
    {
      title: "By",
      cell: (row) => (
        <AccountName account={row.account} name={toldName(row.account, row.account_name)} />
      ),
    },
    {
      title: "Outcome",
      cell: (row) => (
        <div>
          <StatusDot tone={outcomes[row.outcome].tone}>{outcomes[row.outcome].name}</StatusDot>
          {row.error_code && <Soft>{row.error_code}</Soft>}
        </div>
      ),
    },
    {
      title: "Tokens",
      numeric: true,
      cell: (row) =>
        row.prompt_tokens + row.completion_tokens > 0
          ? `${formatNumber(row.prompt_tokens)} in, ${formatNumber(row.completion_tokens)} out`
          : "–",
    },
    {
      title: "Took",
      numeric: true,
      cell: (row) => (row.duration_ms > 0 ? formatDuration(row.duration_ms) : "–"),
    },
  ];
}
