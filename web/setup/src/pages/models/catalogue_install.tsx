import type { CatalogueModel } from "@b3iq/shared/api/types.ts";
import { Facts } from "@b3iq/shared/kit/card.tsx";
import { ConfirmDialog } from "@b3iq/shared/kit/dialog.tsx";
import { formatBytes } from "@b3iq/shared/kit/formats.ts";
import { licenseName } from "../../parts/model_words";
import { fitWithReason, type Room } from "./catalogue_words";
import styles from "./models.module.css";
import { useModelActs } from "./use_model_acts";

/** The last look before a download begins. */
export function CatalogueInstall({
  model,
  room,
  onClose,
}: {
  model: CatalogueModel;
  room: Room | null;
  onClose: () => void;
}) {
  const acts = useModelActs();
  const fit = fitWithReason(model, room);
  const host = hostOf(model.files[0]?.url);
  const asks = /llama/i.test(model.license);
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Install ${model.name}?`}
      confirm="Install"
      onConfirm={() => acts.begin({ kind: "install", catalogue: model.id })}
    >
      <Facts
        rows={[
          ["Download", `${formatBytes(model.download_bytes)}${host ? ` from ${host}` : ""}`],
          ["Disk", room?.diskFree == null ? null : `${formatBytes(room.diskFree)} free before it`],
          ["Memory", `${fit.title}. ${fit.reason}`],
          [
            "License",
            <a key="license" href={model.license_url} target="_blank" rel="noreferrer noopener">
              {licenseName(model.license)}
            </a>,
          ],
        ]}
      />
      <p className={styles.soft}>
        The file is compared with its known checksum before it is used. You can stop and go on at
        any time; a restart of the node does not lose what came.
      </p>
      {asks && (
        <p className={styles.soft}>
          Its publisher may ask you to accept the license on its own page first. If so, the download
          says that and stops.
        </p>
      )}
    </ConfirmDialog>
  );
}

function hostOf(url: string | undefined): string {
  try {
    return url ? new URL(url).host : "";
  } catch {
    return "";
  }
}
