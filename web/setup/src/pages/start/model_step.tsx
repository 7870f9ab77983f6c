import { client, ok } from "@b3iq/shared/api/client.ts";
import type { CatalogueModel, OwnerModel } from "@b3iq/shared/api/types.ts";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { formatBytes } from "@b3iq/shared/kit/formats.ts";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useSearch } from "wouter";
import { useCatalogue, useInventory, useModelJobs, useModels } from "../../app/data";
import { chats, suggested } from "../../parts/model_words";
import { JobCard } from "../models/job_card";
import { StartFrame } from "./frame";
import { InstallChoice, ReadyChoice } from "./model_choice";
import styles from "./step.module.css";
import { stepPath } from "./steps";
import { Way } from "./way";

export default function ModelStep() {
  const models = useModels();
  const jobs = useModelJobs().data ?? [];
  const [, go] = useLocation();
  const ready = (models.data ?? []).filter(chats);
  const wished = new URLSearchParams(useSearch()).get("model");
  const chosen = ready.find((model) => model.id === wished) ?? ready[0];
  const shownJobs = jobs.filter((job) => job.kind !== "benchmark" && job.state !== "done");
  return (
    <StartFrame
      step="model"
      title="Choose a model"
      about="The bundled model is tiny: it answers at once, knows the world's capitals and little else. Install a larger one for real work; that goes on while you continue."
      footer={
        <Way
          from="model"
          ready={chosen !== undefined}
          skip
          keep={chosen ? `&model=${encodeURIComponent(chosen.id)}` : ""}
        />
      }
    >
      {shownJobs.length > 0 && (
        <Section title="Installs">
          {shownJobs.map((job) => (
            <JobCard key={job.id} job={job} />
          ))}
        </Section>
      )}
      <Section title="Ready to use">
        <Loaded query={models}>
          {() => (
            <ReadyModels
              ready={ready}
              chosen={chosen}
              onChoose={(id) =>
                go(`${stepPath("model")}&model=${encodeURIComponent(id)}`, { replace: true })
              }
            />
          )}
        </Loaded>
      </Section>
      <Installable />
    </StartFrame>
  );
}

function ReadyModels({
  ready,
  chosen,
  onChoose,
}: {
  ready: OwnerModel[];
  chosen: OwnerModel | undefined;
  onChoose: (id: string) => void;
}) {
  if (ready.length === 0) return <p>No model is here yet. Install one below.</p>;
  return (
    <fieldset className={styles.choices}>
      <legend className="b3-visually-hidden">Model for the next steps</legend>
      {ready.map((model) => (
        <ReadyChoice
          key={model.id}
          model={model}
          chosen={model === chosen}
          onChoose={() => onChoose(model.id)}
        />
      ))}
    </fieldset>
  );
}

function Installable() {
  const cache = useQueryClient();
  const catalogue = useCatalogue();
  const jobs = useModelJobs().data ?? [];
  const memory = useInventory().data?.inventory.memory;
  const [all, setAll] = useState(false);
  const install = useMutation({
    mutationFn: (id: string) =>
      ok(client.POST("/setup/v1/model-jobs", { body: { kind: "install", catalogue: id } })),
    onSuccess: () => {
      cache.invalidateQueries({ queryKey: ["model-jobs"] });
      window.scrollTo({ top: 0, behavior: "smooth" });
    },
  });
  const best = suggested(catalogue.data?.data ?? [], memory?.available_bytes ?? null);
  const waiting = (model: CatalogueModel) =>
    jobs.some((job) => job.model === model.id && ["queued", "running"].includes(job.state));
  return (
    <Section
      title="Install another"
      about={
        memory?.available_bytes
          ? `${formatBytes(memory.available_bytes)} of memory are free now. Nothing is fetched before you say so.`
          : "Nothing is fetched before you say so."
      }
    >
      <ErrorNotice error={install.error} />
      <Loaded query={catalogue}>
        {({ data }) => (
          <>
            <ul className={styles.catalogue}>
              {listed(data, all, best).map((model) => (
                <InstallChoice
                  key={model.id}
                  model={model}
                  suggested={model === best}
                  action={
                    <Button
                      size="xs"
                      variant={model === best ? "filled" : "default"}
                      disabled={model.status === "hardware_unsupported" || waiting(model)}
                      loading={install.isPending && install.variables === model.id}
                      onClick={() => install.mutate(model.id)}
                      aria-label={`Install ${model.name}`}
                    >
                      {waiting(model) ? "On its way" : "Install"}
                    </Button>
                  }
                />
              ))}
            </ul>
            {!all && (
              <div>
                <Button variant="subtle" onClick={() => setAll(true)}>
                  Show the whole catalogue ({data.length})
                </Button>
              </div>
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}

const kFew = 5;

/** A few to choose from, or all; the suggested one first. */
function listed(models: CatalogueModel[], all: boolean, best: CatalogueModel | null) {
  const sorted = models
    .filter((model) => model.status !== "installed" && model.kind !== "embedding")
    .sort((a, b) => Number(b === best) - Number(a === best) || a.download_bytes - b.download_bytes);
  if (all) return sorted;
  return sorted
    .filter((model) => model.kind === "chat" && model.status !== "hardware_unsupported")
    .slice(0, kFew);
}
