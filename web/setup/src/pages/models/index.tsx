import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { Page } from "@b3iq/shared/kit/page.tsx";
import { Button, Tabs } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useSearchParams } from "wouter";
import { useInstalledModels, useModelJobs } from "../../app/data";
import { useMay } from "../../app/session";
import { InstalledTab } from "./installed_tab";
import { JobCard } from "./job_card";
import { isOpen } from "./job_words";
import styles from "./models.module.css";
import { Room } from "./room";

const CatalogueTab = lazy(() => import("./catalogue_tab"));
const JobsTab = lazy(() => import("./jobs_tab"));
const BenchmarksTab = lazy(() => import("./benchmarks_tab"));
const NetworkTab = lazy(() => import("./network_tab"));
const InstallDialog = lazy(() => import("./install_dialog"));

const kTabs = {
  installed: "On this node",
  catalogue: "Catalogue",
  jobs: "Installs",
  benchmarks: "Speed",
  network: "Network",
} as const;

type TabName = keyof typeof kTabs;

export default function ModelsPage() {
  const [search, setSearch] = useSearchParams();
  const [installing, setInstalling] = useState(false);
  const may = useMay("operator");
  const wished = search.get("tab") ?? "";
  const tab: TabName = wished in kTabs ? (wished as TabName) : "installed";
  const show = (next: string | null) => setSearch({ tab: next ?? "installed" });
  return (
    <Page
      title="Models"
      about="What this node can answer with, and what it costs in disk and memory."
      actions={
        may && (
          <>
            <Button variant="default" onClick={() => setInstalling(true)}>
              Install a file or address
            </Button>
            {tab !== "catalogue" && <Button onClick={() => show("catalogue")}>Catalogue</Button>}
          </>
        )
      }
    >
      {(tab === "installed" || tab === "catalogue") && <RoomBar />}
      <OpenJobs shown={tab !== "jobs"} />
      <Tabs value={tab} onChange={show} keepMounted={false}>
        <Tabs.List className={styles.tabList}>
          {Object.entries(kTabs).map(([name, title]) => (
            <Tabs.Tab key={name} value={name}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Suspense fallback={null}>
          <Tabs.Panel value="installed" className={styles.panel}>
            <InstalledTab />
          </Tabs.Panel>
          <Tabs.Panel value="catalogue" className={styles.panel}>
            <CatalogueTab />
          </Tabs.Panel>
          <Tabs.Panel value="jobs" className={styles.panel}>
            <JobsTab />
          </Tabs.Panel>
          <Tabs.Panel value="benchmarks" className={styles.panel}>
            <BenchmarksTab />
          </Tabs.Panel>
          <Tabs.Panel value="network" className={styles.panel}>
            <NetworkTab />
          </Tabs.Panel>
        </Suspense>
      </Tabs>
      {installing && (
        <Suspense fallback={null}>
          <InstallDialog onClose={() => setInstalling(false)} />
        </Suspense>
      )}
    </Page>
  );
}

function RoomBar() {
  const installed = useInstalledModels();
  return <Loaded query={installed}>{(list) => <Room list={list} />}</Loaded>;
}

/** What is being installed or measured is seen from every tab. */
function OpenJobs({ shown }: { shown: boolean }) {
  const jobs = useModelJobs();
  const open = (jobs.data ?? []).filter(isOpen);
  if (!shown || open.length === 0) return null;
  return (
    <div className={styles.stack}>
      {open.map((job) => (
        <JobCard key={job.id} job={job} />
      ))}
    </div>
  );
}
