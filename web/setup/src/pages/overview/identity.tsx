import type { Status } from "@b3iq/shared/api/types.ts";
import { Card, Facts } from "@b3iq/shared/kit/card.tsx";
import { CopyButton } from "@b3iq/shared/kit/copy_block.tsx";
import { formatTime } from "@b3iq/shared/kit/formats.ts";
import { Loading } from "@b3iq/shared/kit/loading.tsx";
import { baseUrl } from "../../parts/base_url";
import styles from "./overview.module.css";

export function Identity({ status }: { status: Status | undefined }) {
  if (!status) return <Loading />;
  return (
    <Card>
      <Facts
        rows={[
          ["Node", <Copied key="node" text={status.node_id} />],
          ["Public key", <Copied key="key" text={status.public_key_ed25519} />],
          ["Base URL", <Copied key="url" text={baseUrl()} />],
          ["Version", status.version],
          ["Started", status.started_at ? formatTime(status.started_at) : null],
          ["Folder", <code key="home">{status.home}</code>],
        ]}
      />
    </Card>
  );
}

function Copied({ text }: { text: string }) {
  return (
    <span className={styles.copied}>
      <code>{text}</code>
      <CopyButton text={text} />
    </span>
  );
}
