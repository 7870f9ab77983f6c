import { client, ok } from "@b3iq/shared/api/client.ts";
import type { SupportGrant } from "@b3iq/shared/api/types.ts";
import { CopyBlock } from "@b3iq/shared/kit/copy_block.tsx";
import { type Column, DataList } from "@b3iq/shared/kit/data_list.tsx";
import { ConfirmDialog } from "@b3iq/shared/kit/dialog.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { RelativeTime } from "@b3iq/shared/kit/values.tsx";
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { grantCommand, grantState, sortGrants } from "./grant_words";
import { NewGrant } from "./new_grant";
import styles from "./support.module.css";

const kPage = 8;

/** Who may look, until when, and taking it back. */
export function GrantsSection() {
  const grants = useQuery({
    queryKey: ["support-grants"],
    queryFn: async ({ signal }) =>
      (await ok(client.GET("/setup/v1/support-grants", { signal }))).data,
  });
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<SupportGrant | null>(null);
  const [count, setCount] = useState(kPage);
  return (
    <Section
      title="Grants"
      about="A grant opens the diagnostics below and nothing else, until it ends or you revoke it. Each use of it stands in the audit log."
      actions={
        <Button variant="default" onClick={() => setMaking(true)}>
          New grant
        </Button>
      }
    >
      <Loaded query={grants}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState title="Nobody has a grant">
              Make one when somebody who helps you asks to see the state of this node.
            </EmptyState>
          ) : (
            <>
              <DataList
                caption="Support grants"
                columns={columnsOf(setRevoking)}
                rows={sortGrants(list).slice(0, count)}
                rowKey={(grant) => grant.id}
              />
              {list.length > count && (
                <div>
                  <Button variant="default" onClick={() => setCount(count + kPage)}>
                    Show more of {list.length}
                  </Button>
                </div>
              )}
              <details className={styles.more}>
                <summary>How a grant is used</summary>
                <CopyBlock
                  label="On the helper's machine, with the grant in B3IQ_GRANT"
                  text={grantCommand(location.origin)}
                />
              </details>
            </>
          )
        }
      </Loaded>
      <NewGrant open={making} onClose={() => setMaking(false)} />
      {revoking && <Revoke grant={revoking} onClose={() => setRevoking(null)} />}
    </Section>
  );
}

function columnsOf(onRevoke: (grant: SupportGrant) => void): Column<SupportGrant>[] {
  return [
    {
      title: "Note",
      main: true,
      cell: (grant) => grant.note || <span className="b3-unknown">without a note</span>,
    },
    {
      title: "State",
      cell: (grant) => {
        const [tone, words] = grantState(grant);
        return <StatusDot tone={tone}>{words}</StatusDot>;
      },
    },
    {
      title: "Ends",
      cell: (grant) =>
        grant.revoked_at ? (
          <>
            revoked <RelativeTime time={grant.revoked_at} />
          </>
        ) : (
          <RelativeTime time={grant.expires_at} />
        ),
    },
    { title: "Made", cell: (grant) => <RelativeTime time={grant.created_at} /> },
    {
      title: "Actions",
      actions: true,
      cell: (grant) =>
        grant.status === "active" && (
          <Button
            size="xs"
            variant="default"
            aria-label={`Revoke ${grant.note || grant.id}`}
            onClick={() => onRevoke(grant)}
          >
            Revoke
          </Button>
        ),
    },
  ];
}

function Revoke({ grant, onClose }: { grant: SupportGrant; onClose: () => void }) {
  const cache = useQueryClient();
  const notify = useNotify();
  const revoke = async () => {
    const path = { grant: grant.id };
    await ok(client.DELETE("/setup/v1/support-grants/{grant}", { params: { path } }));
    cache.invalidateQueries({ queryKey: ["support-grants"] });
    notify("The grant is revoked");
  };
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title="Revoke this grant?"
      confirm="Revoke it"
      danger
      onConfirm={revoke}
    >
      <p>
        {grant.note
          ? `“${grant.note}” opens nothing from now on.`
          : "It opens nothing from now on."}{" "}
        It cannot be given back; you can make a new one.
      </p>
    </ConfirmDialog>
  );
}
