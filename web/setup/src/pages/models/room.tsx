import type { InstalledModel } from "@b3iq/shared/api/types.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { formatBytes } from "@b3iq/shared/kit/formats.ts";
import { Meter } from "@b3iq/shared/kit/progress_row.tsx";
import styles from "./models.module.css";

export interface InstalledList {
  data: InstalledModel[];
  disk_used_bytes: number;
  disk_free_bytes: number | null;
  memory_used_bytes: number;
  memory_budget_bytes: number;
}

/** How much disk and memory installed models use, and how much there is. */
export function Room({ list }: { list: InstalledList }) {
  const { disk_used_bytes: disk, disk_free_bytes: free, memory_used_bytes: used } = list;
  const budget = list.memory_budget_bytes;
  const loaded = list.data.filter((model) => model.loaded).length;
  return (
    <Card>
      <div className={styles.room}>
        <Meter
          label="Memory for models"
          share={budget > 0 ? used / budget : null}
          detail={`${formatBytes(used)} of ${formatBytes(budget)} in use, by ${loaded} of ${list.data.length} installed models`}
        />
        <Meter
          label="Disk"
          share={free === null ? null : disk / Math.max(1, disk + free)}
          detail={`${formatBytes(disk)} used by models${free === null ? "" : `, ${formatBytes(free)} free`}`}
        />
      </div>
    </Card>
  );
}
