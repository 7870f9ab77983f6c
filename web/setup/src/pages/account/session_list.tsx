import { client, ok } from "@b3iq/shared/api/client.ts";
import type { SessionRow } from "@b3iq/shared/api/types.ts";
import { type Column, DataList } from "@b3iq/shared/kit/data_list.tsx";
import { ConfirmDialog } from "@b3iq/shared/kit/dialog.tsx";
import { formatTime } from "@b3iq/shared/kit/formats.ts";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { RelativeTime } from "@b3iq/shared/kit/values.tsx";
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useUser } from "../../app/session";

export function SessionList() {
  const user = useUser();
  const cache = useQueryClient();
  const notify = useNotify();
  const [ending, setEnding] = useState<SessionRow | null>(null);
  const sessions = useQuery({
    queryKey: ["sessions"],
    queryFn: async ({ signal }) => (await ok(client.GET("/setup/v1/sessions", { signal }))).data,
  });
  const isMine = (row: SessionRow) => !row.user || row.user.id === user.id;
  const end = async (row: SessionRow) => {
    await ok(
      client.DELETE("/setup/v1/sessions/{session}", { params: { path: { session: row.id } } }),
    );
    notify("Session ended");
    await cache.invalidateQueries({ queryKey: ["sessions"] });
  };
  return (
    <>
      <Loaded query={sessions}>
        {(rows) => (
          <>
            <Section title="Where you are logged in">
              <Rows rows={rows.filter(isMine)} onEnd={setEnding} />
            </Section>
            {rows.some((row) => !isMine(row)) && (
              <Section title="Where others are logged in">
                <Rows withUser rows={rows.filter((row) => !isMine(row))} onEnd={setEnding} />
              </Section>
            )}
          </>
        )}
      </Loaded>
      <ConfirmDialog
        open={ending !== null}
        onClose={() => setEnding(null)}
        title="End this session?"
        confirm="End session"
        danger
        onConfirm={() => (ending ? end(ending) : Promise.resolve())}
      >
        <p>That browser is logged out at its next click.</p>
      </ConfirmDialog>
    </>
  );
}

function Rows({
  rows,
  onEnd,
  withUser = false,
}: {
  rows: SessionRow[];
  onEnd: (row: SessionRow) => void;
  withUser?: boolean;
}) {
  const name: Column<SessionRow> = {
    title: withUser ? "User" : "Session",
    main: true,
    cell: (row) =>
      withUser
        ? `${row.user?.name} (${row.user?.role})`
        : row.current
          ? "This browser"
          : "Another browser",
  };
  return (
    <DataList
      caption="Sessions"
      rowKey={(row) => row.id}
      rows={[...rows].sort((a, b) => Number(b.current) - Number(a.current))}
      columns={[
        name,
        { title: "Last seen", cell: (row) => <RelativeTime time={row.last_seen_at} /> },
        { title: "Began", cell: (row) => <RelativeTime time={row.created_at} /> },
        {
          title: "Ends",
          cell: (row) => <RelativeTime time={row.expires_at} never="after 12 hours without use" />,
        },
        {
          title: "Actions",
          actions: true,
          cell: (row) =>
            !row.current && (
              <Button
                size="xs"
                variant="default"
                aria-label={`End the session${row.user ? ` of ${row.user.name}` : ""} that began ${formatTime(row.created_at)}`}
                onClick={() => onEnd(row)}
              >
                End
              </Button>
            ),
        },
      ]}
    />
  );
}
