import { client, ok, saveText } from "@b3iq/shared/api/client.ts";
import type { GroupedUsageRow, UsageRow } from "@b3iq/shared/api/types.ts";
import { ChoiceBar } from "@b3iq/shared/kit/choice_bar.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { Page } from "@b3iq/shared/kit/page.tsx";
import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "wouter";
import { useMay } from "../../app/session";
import { UsageReport } from "./report";
import styles from "./usage.module.css";
import { csvOf, lastDays } from "./usage_data";
import { readView, type UsageView } from "./view";

export default function UsagePage() {
  const [search, setSearch] = useSearchParams();
  const view = readView(search);
  const days = lastDays(view.days, new Date());
  const range = { from: days[0] ?? "", to: days.at(-1) ?? "" };
  const usage = useQuery({
    queryKey: ["usage", range.from, range.to, view.by],
    queryFn: async ({ signal }) => {
      const query = { ...range, by: view.by };
      const answer = await ok(client.GET("/setup/v1/usage", { params: { query }, signal }));
      return { rows: answer.data as GroupedUsageRow[], truncated: answer.truncated };
    },
    placeholderData: (before) => before,
  });
  const change = (part: Partial<UsageView>) => {
    const next = { ...view, ...part };
    setSearch({ days: String(next.days), by: next.by, show: next.measure }, { replace: true });
  };
  return (
    <Page
      title="Usage"
      about="Who used how much. Days are UTC; a call counts on the day it ended."
      actions={<DownloadButton range={range} />}
    >
      <Choices view={view} onChange={change} />
      <Loaded query={usage}>
        {({ rows, truncated }) =>
          rows.length === 0 ? (
            <NothingUsed days={view.days} />
          ) : (
            <>
              {truncated && (
                <p className={styles.warn}>
                  There is more than one answer holds: the oldest days are incomplete. Choose a
                  shorter time.
                </p>
              )}
              <UsageReport rows={rows} days={days} by={view.by} measure={view.measure} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function Choices({
  view,
  onChange,
}: {
  view: UsageView;
  onChange: (part: Partial<UsageView>) => void;
}) {
  return (
    <div className={styles.choices}>
      <ChoiceBar
        label="Time"
        value={String(view.days)}
        choices={[
          { value: "7", name: "7 days" },
          { value: "30", name: "30 days" },
          { value: "90", name: "90 days" },
        ]}
        onChange={(days) => onChange({ days: Number(days) })}
      />
      <ChoiceBar
        label="Grouped by"
        value={view.by}
        choices={[
          { value: "account", name: "By key" },
          { value: "user", name: "By user" },
          { value: "model", name: "By model" },
        ]}
        onChange={(by) => onChange({ by })}
      />
      <ChoiceBar
        label="Counted in"
        value={view.measure}
        choices={[
          { value: "tokens", name: "Tokens" },
          { value: "requests", name: "Requests" },
        ]}
        onChange={(measure) => onChange({ measure })}
      />
    </div>
  );
}

/** All rows of the time, made into a file by this page. */
function DownloadButton({ range }: { range: { from: string; to: string } }) {
  const notify = useNotify();
  const save = useMutation({
    mutationFn: async () => {
      const answer = await ok(client.GET("/setup/v1/usage", { params: { query: range } }));
      const name = `b3iq-usage-${range.from}-${range.to}.csv`;
      saveText(csvOf(answer.data as UsageRow[]), name);
      notify(
        answer.truncated ? `Saved as ${name}; the oldest days are incomplete` : `Saved as ${name}`,
      );
    },
  });
  return (
    <>
      <Button variant="default" loading={save.isPending} onClick={() => save.mutate()}>
        Download CSV
      </Button>
      <ErrorNotice error={save.error} />
    </>
  );
}

function NothingUsed({ days }: { days: number }) {
  const may = useMay("operator");
  return (
    <EmptyState
      title={`Nothing was used in the last ${days} days`}
      action={
        may && (
          <Button component={Link} href="/playground?tab=code">
            Connect a program
          </Button>
        )
      }
    >
      Every call that is answered counts here: those of programs with a key, and those of the
      playground.
    </EmptyState>
  );
}
