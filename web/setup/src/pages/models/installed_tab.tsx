import { type Column, DataList } from "@b3iq/shared/kit/data_list.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { formatNumber } from "@b3iq/shared/kit/formats.ts";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { ByteSize } from "@b3iq/shared/kit/values.tsx";
import { Button, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { useInstalledModels, useLiveCalls, useModels } from "../../app/data";
import { useMay } from "../../app/session";
import { useCallerNames } from "../../parts/accounts";
import { LoadButton } from "./load_button";
import {
  capabilityWords,
  type ModelRow,
  matches,
  mergeModels,
  runtimeName,
  stateOf,
  usersOf,
} from "./merged_models";
import { ModelDialog } from "./model_dialog";
import styles from "./models.module.css";

/** More than these get a field to search in. */
const kManyModels = 8;

/** Every model that the node answers with, whoever runs it. */
export function InstalledTab() {
  const models = useModels();
  const installed = useInstalledModels();
  const live = useLiveCalls();
  const [search, setSearch] = useSearchParams();
  const [words, setWords] = useState("");
  const rows = useMemo(
    () => mergeModels(models.data ?? [], installed.data?.data ?? [], live.data ?? []),
    [models.data, installed.data, live.data],
  );
  const shown = rows.filter((row) => matches(row, words));
  const chosen = rows.find((row) => row.id === search.get("model")) ?? null;
  return (
    <Loaded query={models}>
      {() =>
        rows.length === 0 ? (
          <NoModels />
        ) : (
          <>
            {rows.length > kManyModels && (
              <TextInput
                label="Search"
                className={styles.search}
                placeholder="Name, alias or runtime"
                value={words}
                onChange={(event) => setWords(event.currentTarget.value)}
              />
            )}
            <ModelTable rows={shown} onOpen={(id) => setSearch({ tab: "installed", model: id })} />
            {shown.length === 0 && (
              <p className={styles.soft}>No model has “{words}” in its name.</p>
            )}
            {chosen && <ModelDialog row={chosen} onClose={() => setSearch({ tab: "installed" })} />}
          </>
        )
      }
    </Loaded>
  );
}

function ModelTable({ rows, onOpen }: { rows: ModelRow[]; onOpen: (id: string) => void }) {
  const may = useMay("operator");
  const nameOf = useCallerNames();
  const columns: Column<ModelRow>[] = [
    { title: "Model", main: true, cell: (row) => <ModelName row={row} /> },
    { title: "State", cell: (row) => <ModelState row={row} nameOf={nameOf} /> },
    { title: "Disk", numeric: true, cell: (row) => <ByteSize bytes={row.diskBytes} /> },
    {
      title: "Memory",
      numeric: true,
      cell: (row) => (
        <>
          {row.memoryBytes !== null && !row.memoryMeasured && (
            <abbr title="Worked out from the file; measured when it is first loaded">~</abbr>
          )}
          <ByteSize bytes={row.memoryBytes} />
        </>
      ),
    },
    {
      title: "Context",
      numeric: true,
      cell: (row) =>
        row.contextTokens === null ? (
          <span className="b3-unknown">unknown</span>
        ) : (
          <span title="Tokens of prompt and answer together">
            {formatNumber(row.contextTokens)}
          </span>
        ),
    },
    {
      title: "Actions",
      actions: true,
      cell: (row) => (
        <span className={styles.acts}>
          {may && row.installed && <LoadButton row={row} />}
          <Button
            size="xs"
            variant="default"
            aria-label={`Details of ${row.id}`}
            onClick={() => onOpen(row.id)}
          >
            Details
          </Button>
        </span>
      ),
    },
  ];
  return (
    <DataList
      caption="Models of this node"
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
    />
  );
}

function ModelName({ row }: { row: ModelRow }) {
  const about = [
    capabilityWords(row.capabilities).join(", "),
    row.installed?.quantization,
    row.runtimes.length > 0 && row.runtimes.map(runtimeName).join(", "),
  ];
  return (
    <span className={styles.name}>
      <span>{row.id}</span>
      <span className={styles.small}>{about.filter(Boolean).join(" · ")}</span>
      {row.aliases.length > 0 && (
        <span className={styles.small}>also called {row.aliases.join(", ")}</span>
      )}
    </span>
  );
}

function ModelState({ row, nameOf }: { row: ModelRow; nameOf: (account: string) => string }) {
  const [tone, words] = stateOf(row);
  return (
    <span className={styles.name}>
      <StatusDot tone={tone}>{words}</StatusDot>
      {row.calls.length > 0 && (
        <span className={styles.small}>used by {usersOf(row.calls, nameOf)}</span>
      )}
    </span>
  );
}

function NoModels() {
  const may = useMay("operator");
  return (
    <EmptyState
      title="This node has no model yet"
      action={
        may && (
          <Button component={Link} href="/models?tab=catalogue">
            Open the catalogue
          </Button>
        )
      }
    >
      Install one of the catalogue, or connect a runtime that has models, such as Ollama.
    </EmptyState>
  );
}
