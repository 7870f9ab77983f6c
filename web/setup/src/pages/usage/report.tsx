import type { GroupedUsageRow } from "@b3iq/shared/api/types.ts";
import { Card, CardGrid, Stat } from "@b3iq/shared/kit/card.tsx";
import { Chart, dayOf } from "@b3iq/shared/kit/chart.tsx";
import { type Column, DataList } from "@b3iq/shared/kit/data_list.tsx";
import { formatCompact, formatNumber, formatPercent } from "@b3iq/shared/kit/formats.ts";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { Bar } from "@b3iq/shared/kit/progress_row.tsx";
import { NumberText } from "@b3iq/shared/kit/values.tsx";
import { Button, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import styles from "./usage.module.css";
import {
  amountOf,
  busiestDay,
  type Group,
  type Grouping,
  groupsOf,
  type Measure,
  secondsOf,
  seriesOf,
  totalsOf,
} from "./usage_data";

const kTitles: Record<Grouping, string> = { account: "Keys", user: "Users", model: "Models" };
const kSingle: Record<Grouping, string> = { account: "Key", user: "User", model: "Model" };

export function UsageReport({
  rows,
  days,
  by,
  measure,
}: {
  rows: GroupedUsageRow[];
  days: string[];
  by: Grouping;
  measure: Measure;
}) {
  const groups = useMemo(() => groupsOf(rows, by, measure), [rows, by, measure]);
  const dayNames = days.join(" ");
  const drawn = useMemo(() => {
    const all = dayNames.split(" ");
    return { times: all.map(secondsOf), series: seriesOf(rows, groups, all, measure) };
  }, [rows, groups, dayNames, measure]);
  const unit = measure === "tokens" ? "Tokens" : "Requests";
  return (
    <>
      <Totals rows={rows} days={days.length} measure={measure} />
      <Card>
        <Chart
          title={`${unit} a day, by ${kSingle[by].toLowerCase()}`}
          kind="stacked"
          times={drawn.times}
          series={drawn.series}
          format={formatCompact}
          height={260}
        />
      </Card>
      <GroupList groups={groups} by={by} />
    </>
  );
}

function Totals({
  rows,
  days,
  measure,
}: {
  rows: GroupedUsageRow[];
  days: number;
  measure: Measure;
}) {
  const totals = totalsOf(rows);
  const busiest = busiestDay(rows, measure);
  const figure = (value: number) => <span title={formatNumber(value)}>{formatCompact(value)}</span>;
  const unit = measure === "tokens" ? "tokens" : "requests";
  return (
    <Card>
      <CardGrid min="11rem">
        <Stat label="Requests" value={formatNumber(totals.requests)} />
        <Stat
          label="Tokens of prompts"
          value={figure(totals.promptTokens)}
          note={formatNumber(totals.promptTokens)}
        />
        <Stat
          label="Tokens of answers"
          value={figure(totals.completionTokens)}
          note={formatNumber(totals.completionTokens)}
        />
        <Stat
          label="A day, on average"
          value={figure(Math.round(amountOf(totals, measure) / days))}
          note={
            busiest &&
            `most on ${dayOf(secondsOf(busiest.day))}: ${formatCompact(busiest.amount)} ${unit}`
          }
        />
      </CardGrid>
    </Card>
  );
}

const kPage = 10;

function GroupList({ groups, by }: { groups: Group[]; by: Grouping }) {
  const [count, setCount] = useState(kPage);
  const [words, setWords] = useState("");
  const found = groups.filter((group) => group.name.toLowerCase().includes(words.toLowerCase()));
  const columns: Column<Group>[] = [
    { title: kSingle[by], main: true, cell: (group) => group.name },
    { title: "Share", numeric: true, cell: (group) => <Share share={group.share} /> },
    {
      title: "Requests",
      numeric: true,
      cell: (group) => <NumberText value={group.requests} />,
    },
    {
      title: "Prompt tokens",
      numeric: true,
      cell: (group) => <NumberText value={group.promptTokens} />,
    },
    {
      title: "Answer tokens",
      numeric: true,
      cell: (group) => <NumberText value={group.completionTokens} />,
    },
  ];
  return (
    <Section title={kTitles[by]}>
      {groups.length > kPage && (
        <TextInput
          label="Search"
          className={styles.search}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
      )}
      <DataList
        caption={`Usage by ${kSingle[by].toLowerCase()}`}
        columns={columns}
        rows={found.slice(0, count)}
        rowKey={(group) => group.id}
      />
      {found.length > count && (
        <div>
          <Button variant="default" onClick={() => setCount(count + kPage)}>
            Show more of {found.length}
          </Button>
        </div>
      )}
    </Section>
  );
}

function Share({ share }: { share: number }) {
  return (
    <span className={styles.share}>
      <Bar share={share} />
      {formatPercent(share)}
    </span>
  );
}
