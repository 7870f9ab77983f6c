import type { Gpu, Inventory } from "@b3iq/shared/api/types.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { formatBytes } from "@b3iq/shared/kit/formats.ts";
import { Loading } from "@b3iq/shared/kit/loading.tsx";
import { Meter } from "@b3iq/shared/kit/progress_row.tsx";
import styles from "./overview.module.css";

/** How full the machine is: memory, GPUs, disk. */
export function MachineNow({ inventory }: { inventory: Inventory | undefined }) {
  if (!inventory) return <Loading />;
  const gpus = (inventory.gpus ?? []).filter((gpu) => !gpu.display_only);
  return (
    <Card>
      <MemoryMeter memory={inventory.memory} />
      {gpus.map((gpu, index) => (
        <GpuMeters key={gpu.pci_address ?? index} gpu={gpu} />
      ))}
      {gpus.length === 0 && (
        <p className={styles.quiet}>
          {inventory.gpus === null ? "GPU: not known whether there is one." : "No GPU."}
        </p>
      )}
      <DiskMeter inventory={inventory} />
    </Card>
  );
}

function MemoryMeter({ memory }: { memory: Inventory["memory"] }) {
  // A limit of the container counts before the machine's own memory.
  const limited = memory.limit_bytes !== null && memory.limit_used_bytes !== null;
  const total = limited ? memory.limit_bytes : memory.total_bytes;
  const used = limited
    ? memory.limit_used_bytes
    : memory.total_bytes !== null && memory.available_bytes !== null
      ? memory.total_bytes - memory.available_bytes
      : null;
  return <Level label={limited ? "Memory of the container" : "Memory"} used={used} total={total} />;
}

function GpuMeters({ gpu }: { gpu: Gpu }) {
  const name = gpu.name ?? "GPU";
  const extra = [
    gpu.temperature_c !== null && `${gpu.temperature_c} °C`,
    gpu.power_milliwatts !== null && `${Math.round(gpu.power_milliwatts / 1000)} W`,
  ].filter(Boolean);
  return (
    <>
      <Level
        label={`Memory of ${name}`}
        used={gpu.memory_used_bytes}
        total={gpu.memory_total_bytes}
      />
      <Meter
        label={`Load of ${name}`}
        share={gpu.utilization_percent === null ? null : gpu.utilization_percent / 100}
        detail={extra.join(" · ")}
      />
    </>
  );
}

function DiskMeter({ inventory }: { inventory: Inventory }) {
  const disk =
    inventory.disks?.find((one) => one.role === "models") ?? inventory.disks?.[0] ?? null;
  if (!disk) return null;
  const used =
    disk.total_bytes !== null && disk.free_bytes !== null
      ? disk.total_bytes - disk.free_bytes
      : null;
  return <Level label="Disk of the models" used={used} total={disk.total_bytes} />;
}

function Level({
  label,
  used,
  total,
}: {
  label: string;
  used: number | null;
  total: number | null;
}) {
  const known = used !== null && total !== null && total > 0;
  return (
    <Meter
      label={label}
      share={known ? used / total : null}
      detail={
        known
          ? `${formatBytes(used)} of ${formatBytes(total)} in use`
          : total !== null
            ? `${formatBytes(total)} in all`
            : undefined
      }
    />
  );
}
