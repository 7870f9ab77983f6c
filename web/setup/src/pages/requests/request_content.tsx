import { client, ok } from "@b3iq/shared/api/client.ts";
import type { LoggedRequest, RequestContent } from "@b3iq/shared/api/types.ts";
import { CopyBlock } from "@b3iq/shared/kit/copy_block.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { turnsOf } from "./request_turns";
import styles from "./requests.module.css";

/** Read when it is asked for, and kept nowhere: closing the dialog drops it. */
export function ContentOf({ row }: { row: LoggedRequest }) {
  const read = useMutation({
    mutationFn: () =>
      ok(
        client.GET("/setup/v1/requests/{request}/content", {
          params: { path: { request: row.id } },
        }),
      ),
    gcTime: 0,
  });
  if (read.data) return <Content content={read.data} />;
  return (
    <>
      <ErrorNotice error={read.error} />
      <div>
        <Button variant="default" loading={read.isPending} onClick={() => read.mutate()}>
          Show what was asked and answered
        </Button>
      </div>
      <p>The content of this request was kept. Reading it is noted in the audit log.</p>
    </>
  );
}

function Content({ content }: { content: RequestContent }) {
  const turns = turnsOf(content.request);
  return (
    <div className={styles.turns}>
      {content.truncated && <p>It was long: only its beginning was kept.</p>}
      {turns?.map((turn, index) => (
        <div key={`${index}-${turn.role}`} className={styles.turn}>
          <h3>{turn.role}</h3>
          <p>{turn.text}</p>
        </div>
      ))}
      <div className={styles.turn}>
        <h3>answer</h3>
        <p>{content.answer || "(empty)"}</p>
      </div>
      <CopyBlock label="The request as it was sent" text={content.request} />
    </div>
  );
}
