import type { CatalogueModel } from "@b3iq/shared/api/types.ts";
import { Card, CardGrid } from "@b3iq/shared/kit/card.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { formatBytes, formatNumber } from "@b3iq/shared/kit/formats.ts";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Button, Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { useCatalogue, useInstalledModels, useModelJobs } from "../../app/data";
import { useMay } from "../../app/session";
import { licenseName } from "../../parts/model_words";
import { CatalogueInstall } from "./catalogue_install";
import {
  type CatalogueFilter,
  filterCatalogue,
  fitWithReason,
  goodFor,
  kindNames,
  type Room,
} from "./catalogue_words";
import { isOpen } from "./job_words";
import styles from "./models.module.css";

const kAll: CatalogueFilter = { search: "", kind: "all", fitting: false };

export default function CatalogueTab() {
  const catalogue = useCatalogue();
  const room = useRoom();
  const [filter, setFilter] = useState(kAll);
  const [chosen, setChosen] = useState<CatalogueModel | null>(null);
  return (
    <Loaded query={catalogue}>
      {(list) => {
        const shown = filterCatalogue(list.data, filter);
        return (
          <>
            <Filters filter={filter} onChange={setFilter} />
            <p className={styles.soft} role="status">
              {shown.length} of {list.data.length} models. The list came with the node, as of{" "}
              {dayOf(list.checked)}; nothing was fetched to show it.
            </p>
            {shown.length === 0 ? (
              <EmptyState
                title="No model of the catalogue is like that"
                action={
                  <Button variant="default" onClick={() => setFilter(kAll)}>
                    Show all
                  </Button>
                }
              >
                Any other model in GGUF form can be installed from a file or an address.
              </EmptyState>
            ) : (
              <CardGrid min="20rem">
                {shown.map((model) => (
                  <Offer
                    key={model.id}
                    model={model}
                    room={room}
                    onInstall={() => setChosen(model)}
                  />
                ))}
              </CardGrid>
            )}
            {chosen && (
              <CatalogueInstall model={chosen} room={room} onClose={() => setChosen(null)} />
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function dayOf(date: string): string {
  return new Date(date).toLocaleDateString("en-GB", { dateStyle: "long", timeZone: "UTC" });
}

function useRoom(): Room | null {
  const { data } = useInstalledModels();
  if (!data) return null;
  return {
    memoryBudget: data.memory_budget_bytes,
    memoryUsed: data.memory_used_bytes,
    diskFree: data.disk_free_bytes,
  };
}

function Filters({
  filter,
  onChange,
}: {
  filter: CatalogueFilter;
  onChange: (filter: CatalogueFilter) => void;
}) {
  return (
    <div className={styles.filters}>
      <TextInput
        label="Search"
        placeholder="Name, family, license or size"
        value={filter.search}
        onChange={(event) => onChange({ ...filter, search: event.currentTarget.value })}
      />
      <NativeSelect
        label="Good at"
        value={filter.kind}
        data={[
          { value: "all", label: "Everything" },
          ...Object.entries(kindNames).map(([value, label]) => ({ value, label })),
        ]}
        onChange={(event) =>
          onChange({ ...filter, kind: event.currentTarget.value as CatalogueFilter["kind"] })
        }
      />
      <Checkbox
        label="Only what fits this machine"
        checked={filter.fitting}
        onChange={(event) => onChange({ ...filter, fitting: event.currentTarget.checked })}
      />
    </div>
  );
}

function Offer({
  model,
  room,
  onInstall,
}: {
  model: CatalogueModel;
  room: Room | null;
  onInstall: () => void;
}) {
  const may = useMay("operator");
  const jobs = useModelJobs().data ?? [];
  const coming = jobs.some((job) => isOpen(job) && job.model === model.id);
  const fit = fitWithReason(model, room);
  return (
    <Card title={model.name}>
      <p className={styles.goodFor}>{goodFor(model)}</p>
      <ul className={styles.facts}>
        <li>{kindNames[model.kind]}</li>
        <li>{model.parameters} parameters</li>
        <li>{model.quantization}</li>
        {model.context_tokens !== null && <li>{formatNumber(model.context_tokens)} context</li>}
        <li>
          <a href={model.license_url} target="_blank" rel="noreferrer noopener">
            {licenseName(model.license)}
          </a>
        </li>
      </ul>
      <div>
        <StatusDot tone={fit.tone}>{fit.title}</StatusDot>
        {fit.reason && <p className={styles.soft}>{fit.reason}</p>}
      </div>
      <div className={styles.offerFoot}>
        <span className={styles.soft}>Download {formatBytes(model.download_bytes)}</span>
        {may && model.status !== "installed" && (
          <Button
            size="xs"
            variant={fit.tone === "good" ? "filled" : "default"}
            disabled={!fit.installable || coming}
            aria-label={`Install ${model.name}`}
            onClick={onInstall}
          >
            {coming ? "Is coming" : "Install"}
          </Button>
        )}
      </div>
    </Card>
  );
}
