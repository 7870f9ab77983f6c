import { client, ok, saveText } from "@b3iq/shared/api/client.ts";
import type { AuditEntry } from "@b3iq/shared/api/types.ts";
import { ChoiceBar, FilterBar } from "@b3iq/shared/kit/choice_bar.tsx";
import { type Column, DataList } from "@b3iq/shared/kit/data_list.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { formatNumber, formatTime } from "@b3iq/shared/kit/formats.ts";
import { Loading } from "@b3iq/shared/kit/loading.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { Page, Section } from "@b3iq/shared/kit/page.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Mono, Soft } from "@b3iq/shared/kit/text_button.tsx";
import { RelativeTime } from "@b3iq/shared/kit/values.tsx";
import { Button, NativeSelect } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useSearchParams } from "wouter";
import { useAccountNames } from "../../parts/accounts";
import { type ActKind, actKinds, actOf, actorText, subjectText } from "./act_words";
import { exportText, kMostEntries } from "./chain";
import { VerifyChain } from "./verify_chain";

const kPageSize = 100;

function useAudit() {
  return useInfiniteQuery({
    queryKey: ["audit"],
    initialPageParam: undefined as number | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const query = { limit: kPageSize, ...(pageParam && { before: pageParam }) };
      return (await ok(client.GET("/setup/v1/audit", { params: { query }, signal }))).data;
    },
    getNextPageParam: (page) => {
      const last = page.at(-1);
      return page.length === kPageSize && last && last.seq > 1 ? last.seq : undefined;
    },
  });
}

export default function AuditPage() {
  const notify = useNotify();
  const save = useMutation({
    mutationFn: async () => {
      const name = `b3iq-audit-${new Date().toISOString().slice(0, 10)}.jsonl`;
      const { text, whole } = await exportText();
      saveText(text, name);
      const newest = `the newest ${formatNumber(kMostEntries)} entries`;
      notify(whole ? `Saved as ${name}` : `Saved as ${name}: ${newest}; the log is longer`);
    },
  });
  return (
    <Page
      title="Audit"
      about="Who did what to the security of this node: logins, users, keys, support, settings. Nothing here can be edited."
      actions={
        <Button variant="default" loading={save.isPending} onClick={() => save.mutate()}>
          Export all
        </Button>
      }
    >
      <ErrorNotice error={save.error} />
      <VerifyChain />
      <Entries />
    </Page>
  );
}

function Entries() {
  const audit = useAudit();
  const nameOf = useAccountNames();
  const [query, setQuery] = useSearchParams();
  const kind = (query.get("kind") ?? "") as ActKind | "";
  const actor = query.get("actor") ?? "";
  const set = (name: string, value: string) =>
    setQuery(
      (now) => {
        const next = new URLSearchParams(now);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  if (audit.data === undefined) {
    return audit.error ? <ErrorNotice error={audit.error} onRetry={audit.refetch} /> : <Loading />;
  }
  const all = audit.data.pages.flat();
  const rows = all.filter(
    (entry) => (!kind || actOf(entry).kind === kind) && (!actor || entry.actor === actor),
  );
  const actors = [...new Set([...all.map((entry) => entry.actor), ...(actor ? [actor] : [])])];
  return (
    <Section title="Entries" about={aboutOf(all.length, rows.length, audit.hasNextPage)}>
      <FilterBar>
        <ChoiceBar
          label="Kind of act"
          choices={actKinds}
          value={kind}
          onChange={(value) => set("kind", value)}
        />
        <NativeSelect
          aria-label="By whom"
          value={actor}
          data={[
            { value: "", label: "By anybody" },
            ...actors.map((id) => ({ value: id, label: `By ${actorText(id, nameOf)}` })),
          ]}
          onChange={(event) => set("actor", event.currentTarget.value)}
        />
      </FilterBar>
      <ErrorNotice error={audit.error} onRetry={audit.refetch} />
      {rows.length > 0 ? (
        <DataList
          caption="Audit log, newest first"
          columns={columnsOf(nameOf)}
          rows={rows}
          rowKey={(entry) => entry.seq}
        />
      ) : (
        <EmptyState title={all.length === 0 ? "Nothing yet" : "None of these"}>
          {all.length === 0
            ? "The first act, such as a claim or a new key, begins the log."
            : "No entry that is loaded is of this kind."}
        </EmptyState>
      )}
      {audit.hasNextPage && (
        <div>
          <Button
            variant="default"
            loading={audit.isFetchingNextPage}
            onClick={() => audit.fetchNextPage()}
          >
            Show older
          </Button>
        </div>
      )}
    </Section>
  );
}

function aboutOf(loaded: number, shown: number, more: boolean): string {
  const all = more ? `the newest ${formatNumber(loaded)}` : `all ${formatNumber(loaded)}`;
  if (shown === loaded) return `Newest first: ${all}.`;
  return `${formatNumber(shown)} of ${all}.`;
}

function columnsOf(nameOf: (id: string) => string): Column<AuditEntry>[] {
  return [
    {
      title: "Act",
      main: true,
      cell: (entry) => {
        const act = actOf(entry);
        const subject = subjectText(entry, nameOf);
        return (
          <>
            {act.notable ? <StatusDot tone="warn">{act.text}</StatusDot> : act.text}
            {subject && <Soft>{subject}</Soft>}
          </>
        );
      },
    },
    { title: "By", cell: (entry) => actorText(entry.actor, nameOf) },
    {
      title: "When",
      cell: (entry) => (
        <div>
          {formatTime(entry.at)}
          <Soft>
            <RelativeTime time={entry.at} />
          </Soft>
        </div>
      ),
    },
    {
      title: "Entry",
      numeric: true,
      cell: (entry) => (
        <div title={`${entry.act} ${entry.subject}`}>
          {entry.seq}
          <Soft>
            <Mono>{entry.hash.slice(0, 10)}…</Mono>
          </Soft>
        </div>
      ),
    },
  ];
}
