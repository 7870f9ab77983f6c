import type { CreatedKey, Key } from "@b3iq/shared/api/types.ts";
import { ChoiceBar, FilterBar } from "@b3iq/shared/kit/choice_bar.tsx";
import { type Column, DataList } from "@b3iq/shared/kit/data_list.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { Page } from "@b3iq/shared/kit/page.tsx";
import { SecretOnce } from "@b3iq/shared/kit/secret_once.tsx";
import { Soft, TextButton } from "@b3iq/shared/kit/text_button.tsx";
import { RelativeTime } from "@b3iq/shared/kit/values.tsx";
import { Button } from "@mantine/core";
import { useState } from "react";
import { useSearchParams } from "wouter";
import { useKeys } from "../../app/data";
import { queryClient } from "../../app/queries";
import { useMay } from "../../app/session";
import { KeyLimits, KeyModels, KeyState } from "./key_cells";
import { KeyDetails } from "./key_details";
import { scopesText } from "./key_rules";
import { MakeKey } from "./make_key";
import { RevokeKey } from "./revoke_key";
import { useBudgets } from "./use_budgets";

export default function KeysPage() {
  const keys = useKeys();
  const mayManage = useMay("operator");
  const [making, setMaking] = useState(false);
  const [created, setCreated] = useState<CreatedKey | null>(null);
  const made = (key: CreatedKey) => {
    setMaking(false);
    setCreated(key);
    queryClient.invalidateQueries({ queryKey: ["keys"] });
  };
  const makeButton = mayManage && <Button onClick={() => setMaking(true)}>Make a key</Button>;
  return (
    <Page
      title="Keys"
      about="A program that uses this node sends a key. Give each program its own, so that you can stop one alone."
      actions={keys.data?.length ? makeButton : null}
    >
      <Loaded query={keys}>
        {(rows) =>
          rows.length > 0 ? (
            <KeyList keys={rows} mayManage={mayManage} />
          ) : (
            <EmptyState title="No keys yet" action={makeButton}>
              Make one for each app, script or person. The node shows a key once and keeps only its
              fingerprint.
            </EmptyState>
          )
        }
      </Loaded>
      {making && <MakeKey onClose={() => setMaking(false)} onMade={made} />}
      <SecretOnce
        secret={created?.secret ?? null}
        title={`Key for ${created?.name ?? ""}`}
        label="Send it as Authorization: Bearer …, or as x-api-key"
        fileName={fileNameOf(created?.name ?? "")}
        onClose={() => setCreated(null)}
      />
    </Page>
  );
}

function fileNameOf(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `b3iq-${plain || "key"}.key`;
}

const kShows = [
  { value: "active", name: "Active" },
  { value: "ended", name: "Revoked or expired" },
  { value: "all", name: "All" },
] as const;
type Shows = (typeof kShows)[number]["value"];

function KeyList({ keys, mayManage }: { keys: Key[]; mayManage: boolean }) {
  const [query, setQuery] = useSearchParams();
  const [revoking, setRevoking] = useState<Key | null>(null);
  const budgetOf = useBudgets(keys);
  const shows = (kShows.find((one) => one.value === query.get("show"))?.value ?? "active") as Shows;
  const set = (name: string, value: string | null) =>
    setQuery(
      (now) => {
        const next = new URLSearchParams(now);
        if (value === null) next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const shown = keys
    .filter((key) => shows === "all" || (key.status === "active") === (shows === "active"))
    .sort((a, b) => (b.created_at ?? "").localeCompare(a.created_at ?? ""));
  const opened = keys.find((key) => key.id === query.get("key")) ?? null;
  const columns: Column<Key>[] = [
    {
      title: "Key",
      main: true,
      cell: (key) => (
        <>
          <TextButton onClick={() => set("key", key.id)}>{key.name}</TextButton>
          {key.user && <Soft>of {key.user}</Soft>}
        </>
      ),
    },
    {
      title: "State",
      cell: (key) => (
        <div>
          <KeyState keyRow={key} />
        </div>
      ),
    },
    {
      title: "May",
      cell: (key) => (
        <div>
          {scopesText(key)}
          {key.scopes.includes("chat") && (
            <Soft>
              <KeyModels keyRow={key} />
            </Soft>
          )}
        </div>
      ),
    },
    {
      title: "Limits and budget",
      cell: (key) => (
        <div>
          <KeyLimits keyRow={key} parts={budgetOf(key)} />
        </div>
      ),
    },
    { title: "Last used", cell: (key) => <RelativeTime time={key.last_used_at} /> },
    {
      title: "Acts",
      actions: true,
      cell: (key) =>
        mayManage && key.status === "active" ? (
          <Button
            variant="default"
            size="xs"
            aria-label={`Revoke ${key.name}`}
            onClick={() => setRevoking(key)}
          >
            Revoke
          </Button>
        ) : null,
    },
  ];
  return (
    <>
      <FilterBar>
        <ChoiceBar
          label="Which keys"
          choices={kShows}
          value={shows}
          onChange={(value) => set("show", value === "active" ? null : value)}
        />
      </FilterBar>
      {shown.length > 0 ? (
        <DataList caption="Keys" columns={columns} rows={shown} rowKey={(key) => key.id} />
      ) : (
        <EmptyState title={shows === "active" ? "No key is active" : "None has ended"}>
          {shows === "active"
            ? "Every key was revoked or has expired: programs cannot use this node until you make one."
            : "Keys that were revoked or have expired stand here."}
        </EmptyState>
      )}
      <KeyDetails
        keyRow={opened}
        parts={opened && budgetOf(opened)}
        mayManage={mayManage}
        onClose={() => set("key", null)}
        onRevoke={(key) => {
          set("key", null);
          setRevoking(key);
        }}
      />
      <RevokeKey keyRow={revoking} onClose={() => setRevoking(null)} />
    </>
  );
}
