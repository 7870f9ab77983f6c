import { client, ok } from "@b3iq/shared/api/client.ts";
import type { UpdateCheck } from "@b3iq/shared/api/types.ts";
import { Card, Facts } from "@b3iq/shared/kit/card.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { RelativeTime } from "@b3iq/shared/kit/values.tsx";
import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { queryClient } from "../../app/queries";
import styles from "./settings.module.css";

export function Updates() {
  const check = useQuery({
    queryKey: ["update-check"],
    queryFn: ({ signal }) => ok(client.GET("/setup/v1/update-check", { signal })),
  });
  const ask = useMutation({
    mutationFn: () => ok(client.POST("/setup/v1/update-check", { body: {} })),
    onSuccess: (found) => queryClient.setQueryData(["update-check"], found),
  });
  return (
    <Section
      title="Updates"
      about="The node never looks by itself and installs nothing. It asks once when you press the button: for a small signed file that says which version is the newest. Nothing about this node is sent."
    >
      <Loaded query={check}>
        {(found) => (
          <Card>
            <Facts
              rows={[
                ["This node runs", found.current],
                ["Newest version", found.latest ?? "not asked yet"],
                ["Asked", <RelativeTime key="at" time={found.checked_at} />],
              ]}
            />
            <div role="status">
              <Verdict found={found} />
            </div>
            <ErrorNotice error={ask.error} />
            {found.configured ? (
              <div>
                <Button loading={ask.isPending} onClick={() => ask.mutate()}>
                  Ask now
                </Button>
              </div>
            ) : (
              <div>
                This node does not know whom to ask. Set <code>updates.manifest_url</code> and{" "}
                <code>updates.release_key</code>{" "}
                <Link href="/settings?search=updates">under Options</Link>.
              </div>
            )}
          </Card>
        )}
      </Loaded>
    </Section>
  );
}

function Verdict({ found }: { found: UpdateCheck }) {
  if (found.error) {
    return (
      <div className={styles.form}>
        <StatusDot tone="bad">The last check gave nothing</StatusDot>
        <p>
          {found.error.detail} (code <code>{found.error.code}</code>)
        </p>
      </div>
    );
  }
  if (found.newer === null) return null;
  if (!found.newer) return <StatusDot tone="good">This is the newest version.</StatusDot>;
  return (
    <div className={styles.form}>
      <StatusDot tone="warn">Version {found.latest} is newer.</StatusDot>
      <p>
        Make a backup, then install it the way this one was installed.
        {found.notes_url && (
          <>
            {" "}
            <a href={found.notes_url} target="_blank" rel="noreferrer">
              What is new
            </a>
          </>
        )}
      </p>
    </div>
  );
}
