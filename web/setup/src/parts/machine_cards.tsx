import type { Disk, Gpu, Inventory } from "@b3iq/shared/api/types.ts";
import { Card, CardGrid, Facts } from "@b3iq/shared/kit/card.tsx";
import { withCode } from "@b3iq/shared/kit/error_notice.tsx";
import { formatBytes, formatNumber } from "@b3iq/shared/kit/formats.ts";
import type React from "react";
import styles from "./machine_cards.module.css";

const size = (bytes: number | null) => (bytes === null ? null : formatBytes(bytes));
const count = (value: number | null) => (value === null ? null : formatNumber(value));

/** The machine as the node has read it. */
export function MachineCards({ inventory }: { inventory: Inventory }) {
  const { cpu, memory, os, topology, notes, unknown, gpus, disks } = inventory;
  return (
    <>
      {notes.map((note) => (
        <Card key={note.text} tone="warn">
          <p className={styles.note}>{withCode(note.text)}</p>
        </Card>
      ))}
      <CardGrid min="20rem">
        <Card title="Processor">
          <Facts
            rows={[
              ["Model", cpu.model],
              ["Cores", count(topology.physical_cores)],
              ["Usable CPUs", usableCpus(inventory)],
            ]}
          />
        </Card>
        <Card title="Memory">
          <Facts
            rows={[
              ["Installed", size(memory.total_bytes)],
              ["Free now", size(memory.available_bytes)],
              ...(memory.limit_bytes === null
                ? []
                : [
                    ["Limit of the container", size(memory.limit_bytes)] as [string, string | null],
                  ]),
            ]}
          />
        </Card>
        <GpuCards gpus={gpus} complete={inventory.gpus_complete} />
        <DiskCards disks={disks ?? []} />
        <Card title="System">
          <Facts
            rows={[
              ["System", os.name],
              ["Kernel", os.kernel],
              ["Container", os.container],
              ["Virtual machine", os.virtual_machine],
            ]}
          />
        </Card>
      </CardGrid>
      {unknown.length > 0 && (
        <details className={styles.unknown}>
          <summary>What has no value, and why ({unknown.length})</summary>
          <ul>
            {unknown.map(({ field, reason }) => (
              <li key={field}>
                <code>{field}</code>: {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function usableCpus({ cpu }: Inventory): string | null {
  if (cpu.usable_cpus === null) return null;
  const all = cpu.logical_cpus;
  return all !== null && all !== cpu.usable_cpus
    ? `${cpu.usable_cpus} of ${all}`
    : String(cpu.usable_cpus);
}

function GpuCards({ gpus, complete }: { gpus: Gpu[] | null; complete: boolean }) {
  const found = (gpus ?? []).filter((gpu) => !gpu.display_only);
  if (found.length === 0) {
    return (
      <Card title="GPU">
        <p className={styles.note}>
          {gpus === null
            ? "Not known whether there is one."
            : complete
              ? "None. Models run on the processor: small ones answer well, large ones slowly."
              : "None was found, but not every place could be read."}
        </p>
      </Card>
    );
  }
  return found.map((gpu, index) => (
    <Card key={gpu.pci_address ?? index} title={found.length > 1 ? `GPU ${index + 1}` : "GPU"}>
      <Facts
        rows={[
          ["Name", gpu.name],
          ["Memory", size(gpu.memory_total_bytes)],
          ["In use", size(gpu.memory_used_bytes)],
          ["Driver", gpu.driver && [gpu.driver, gpu.driver_version].filter(Boolean).join(" ")],
        ]}
      />
    </Card>
  ));
}

const kRoles: Record<Disk["role"], string> = { home: "Node", models: "Models" };

/** Folders of one file system share its space: one card. */
function DiskCards({ disks }: { disks: Disk[] }) {
  const groups = Map.groupBy(disks, (disk) => disk.mount_point ?? disk.path);
  return [...groups].map(([mount, folders]) => {
    const disk = folders[0];
    if (!disk) return null;
    const rows: [string, React.ReactNode | null][] = [
      ["Free", size(disk.free_bytes)],
      ["Size", size(disk.total_bytes)],
      ...folders.map((folder): [string, React.ReactNode] => [
        kRoles[folder.role],
        <code key={folder.role}>{folder.path}</code>,
      ]),
    ];
    if (disk.read_only) rows.push(["State", "read only"]);
    return (
      <Card key={mount} title="Disk">
        <Facts rows={rows} />
      </Card>
    );
  });
}
