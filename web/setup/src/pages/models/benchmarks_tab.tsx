import { client, ok } from "@b3iq/shared/api/client.ts";
import type { ModelBenchmark } from "@b3iq/shared/api/types.ts";
import { type Column, DataList } from "@b3iq/shared/kit/data_list.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { formatBytes, formatDuration, formatNumber } from "@b3iq/shared/kit/formats.ts";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { RelativeTime } from "@b3iq/shared/kit/values.tsx";
import { Button, Checkbox, NativeSelect } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useModelJobs, useModels } from "../../app/data";
import { useMay } from "../../app/session";
import { newestOfEach } from "./benchmark_words";
import { isOpen } from "./job_words";
import { runtimeName } from "./merged_models";
import styles from "./models.module.css";
import { useModelActs } from "./use_model_acts";

export default function BenchmarksTab() {
  const may = useMay("operator");
  const jobs = useModelJobs().data ?? [];
  const ended = jobs.filter((job) => job.kind === "benchmark" && !isOpen(job)).length;
  const benchmarks = useQuery({
    // A measurement that has ended brings a new row.
    queryKey: ["benchmarks", ended],
    queryFn: async ({ signal }) => (await ok(client.GET("/setup/v1/benchmarks", { signal }))).data,
    placeholderData: (before) => before,
  });
  const [all, setAll] = useState(false);
  return (
    <>
      <p className={styles.soft}>
        What this machine makes of a model: medians of three rounds. Other work on the machine shows
        in the figures, so measure while it is quiet.
      </p>
      {may && <Measure />}
      <Loaded query={benchmarks}>
        {(list) => {
          if (list.length === 0)
            return (
              <EmptyState title="Nothing was measured yet">
                Choose a model above. A measurement takes from some seconds to some minutes.
              </EmptyState>
            );
          const newest = newestOfEach(list);
          return (
            <>
              <DataList
                caption="Measurements"
                columns={columns}
                rows={all ? list : newest}
                rowKey={(row) => `${row.model} ${row.runtime} ${row.at}`}
              />
              {newest.length < list.length && (
                <Checkbox
                  label={`Show earlier measurements too (${list.length - newest.length})`}
                  checked={all}
                  onChange={(event) => setAll(event.currentTarget.checked)}
                />
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function Measure() {
  const acts = useModelActs();
  const models = (useModels().data ?? []).filter(
    (model) => !model.alias_of && model.capabilities.includes("chat"),
  );
  const [chosen, setChosen] = useState("");
  const model = chosen || (models[0]?.id ?? "");
  const begin = useMutation({
    mutationFn: () => acts.begin({ kind: "benchmark", model }),
  });
  if (!model) return null;
  return (
    <div className={styles.measure}>
      <NativeSelect
        label="Model"
        value={model}
        data={models.map((one) => one.id)}
        onChange={(event) => setChosen(event.currentTarget.value)}
      />
      <Button loading={begin.isPending} onClick={() => begin.mutate()}>
        Measure
      </Button>
      <ErrorNotice error={begin.error} />
    </div>
  );
}

function Rate({ value }: { value: number | null }) {
  if (value === null) return <span className="b3-unknown">not measured</span>;
  return `${value < 10 ? value.toFixed(1) : formatNumber(Math.round(value))} tokens/s`;
}

function Time({ ms }: { ms: number | null }) {
  return ms === null ? <span className="b3-unknown">not measured</span> : formatDuration(ms);
}

const columns: Column<ModelBenchmark>[] = [
  {
    title: "Model",
    main: true,
    cell: (row) => (
      <span className={styles.name}>
        <span>{row.model}</span>
        <span className={styles.small}>
          {runtimeName(row.runtime)} · <RelativeTime time={row.at} /> · version {row.version}
        </span>
      </span>
    ),
  },
  { title: "First token", numeric: true, cell: (row) => <Time ms={row.first_token_ms} /> },
  { title: "Prompt", numeric: true, cell: (row) => <Rate value={row.prompt_tokens_per_second} /> },
  {
    title: "One answer",
    numeric: true,
    cell: (row) => <Rate value={row.decode_tokens_per_second} />,
  },
  {
    title: "Four at once",
    numeric: true,
    cell: (row) => <Rate value={row.parallel_tokens_per_second} />,
  },
  { title: "Load", numeric: true, cell: (row) => <Time ms={row.load_ms} /> },
  {
    title: "Memory",
    numeric: true,
    cell: (row) =>
      row.memory_bytes === null ? (
        <span className="b3-unknown">not measured</span>
      ) : (
        formatBytes(row.memory_bytes)
      ),
  },
];
