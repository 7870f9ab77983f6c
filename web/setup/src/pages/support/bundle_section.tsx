import { client, download, ok } from "@b3iq/shared/api/client.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { CopyBlock } from "@b3iq/shared/kit/copy_block.tsx";
import { ErrorNotice, withCode } from "@b3iq/shared/kit/error_notice.tsx";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useStatus } from "../../app/data";
import { bundleName, verifyCommand } from "./bundle_name";
import styles from "./support.module.css";

/** The file to send: what is in it, and how its receiver can check it. */
export function BundleSection() {
  const notify = useNotify();
  const nodeId = useStatus().data?.node_id ?? null;
  const parts = useQuery({
    queryKey: ["support-bundle", "parts"],
    queryFn: async ({ signal }) =>
      (await ok(client.GET("/setup/v1/support-bundle/parts", { signal }))).data,
  });
  const name = bundleName(new Date());
  const save = useMutation({
    mutationFn: () => download("/setup/v1/support-bundle", name, { method: "POST" }),
    onSuccess: () => notify(`Saved as ${name}`),
  });
  return (
    <Section
      title="Support bundle"
      about="One .tar with facts about this node. Read it before you send it."
      actions={
        <Button loading={save.isPending} onClick={() => save.mutate()}>
          Make and download
        </Button>
      }
    >
      <ErrorNotice error={save.error} onRetry={() => save.mutate()} />
      <Card title="What it holds">
        <Loaded query={parts}>
          {(list) => (
            <dl className={styles.parts}>
              {list.map((part) => (
                <div key={part.name}>
                  <dt>
                    <code>{part.name}</code>
                  </dt>
                  <dd>{withCode(part.about)}</dd>
                </div>
              ))}
            </dl>
          )}
        </Loaded>
      </Card>
      <Card title="How its receiver checks it">
        <p className={styles.text}>
          <code>index.json</code> in it names the size and SHA-256 of every part and is signed by
          this node. This command tells whether a bundle is whole and comes from here; it needs no
          node of its own.
        </p>
        <CopyBlock label="Where b3iq-host is installed" text={verifyCommand(name, nodeId)} />
        <p className={styles.soft}>To read a bundle: tar -xOf {name} | less</p>
      </Card>
    </Section>
  );
}
