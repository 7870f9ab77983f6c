import { client, ok } from "@b3iq/shared/api/client.ts";
import { type ApiError, asApiError } from "@b3iq/shared/api/errors.ts";
import type { Setting, Settings } from "@b3iq/shared/api/types.ts";
import { FilterBar } from "@b3iq/shared/kit/choice_bar.tsx";
import { ConfirmDialog } from "@b3iq/shared/kit/dialog.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { withCode } from "@b3iq/shared/kit/error_notice.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useSearchParams } from "wouter";
import { queryClient } from "../../app/queries";
import { changesOf, type Drafts, groupsOf, matches } from "./setting_draft";
import { SettingRow } from "./setting_row";
import styles from "./settings.module.css";

export function Options({ settings }: { settings: Setting[] }) {
  const notify = useNotify();
  const [query, setQuery] = useSearchParams();
  const [drafts, setDrafts] = useState<Drafts>({});
  const [confirming, setConfirming] = useState(false);
  const search = query.get("search") ?? "";
  const { changes, faults } = changesOf(settings, drafts);
  const names = Object.keys({ ...changes, ...faults });
  useLeaveWarning(names.length > 0);
  const save = useMutation({
    mutationFn: () => ok(client.POST("/setup/v1/settings", { body: { changes } })),
    onSuccess: (saved: Settings) => {
      queryClient.setQueryData(["settings"], saved);
      setDrafts({});
      notify(saved.restart_needed ? "Saved. It waits for a restart." : "Saved.");
    },
  });
  const refused = save.error ? asApiError(save.error) : null;
  const warned = settings.filter(({ name, warning }) => warning && name in changes);
  const change = (name: string, draft: string | null | undefined) => {
    save.reset();
    setDrafts((now) => {
      const { [name]: _, ...rest } = now;
      return draft === undefined ? rest : { ...rest, [name]: draft };
    });
  };
  const shown = settings.filter((setting) => setting.name in drafts || matches(setting, search));
  return (
    <>
      <FilterBar>
        <div data-wide>
          <TextInput
            type="search"
            aria-label="Search the settings"
            placeholder="Search: memory, tls, log…"
            value={search}
            onChange={(event) =>
              setQuery(event.currentTarget.value ? { search: event.currentTarget.value } : {}, {
                replace: true,
              })
            }
          />
        </div>
      </FilterBar>
      {shown.length === 0 && (
        <EmptyState title="No setting is like this">
          Search by a word of its name or of what it does.
        </EmptyState>
      )}
      {groupsOf(shown).map((group) => (
        <Section key={group.title} title={group.title} about={group.about}>
          <div className={styles.rows}>
            {group.settings.map((setting) => (
              <SettingRow
                key={setting.name}
                setting={setting}
                draft={drafts[setting.name]}
                fault={
                  faults[setting.name] ??
                  (refused?.param === setting.name ? refused.detail : undefined)
                }
                onDraft={(draft) => change(setting.name, draft)}
              />
            ))}
          </div>
        </Section>
      ))}
      {names.length > 0 && (
        <SaveBar
          count={names.length}
          faults={Object.keys(faults).length}
          refused={refused}
          inRow={shown.some(({ name }) => name === refused?.param)}
          saving={save.isPending}
          onDiscard={() => {
            save.reset();
            setDrafts({});
          }}
          onSave={() => (warned.length > 0 ? setConfirming(true) : save.mutate())}
        />
      )}
      <ConfirmDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        title="This can close the page to you"
        confirm="Save all the same"
        danger
        onConfirm={() => save.mutateAsync().catch(() => {})}
      >
        {warned.map(({ name, warning }) => (
          <p key={name}>
            <code>{name}</code>: {withCode(warning ?? "")}
          </p>
        ))}
        <p>
          If you lose the page, correct <code>config.json</code> on the node's machine and start the
          node again there.
        </p>
      </ConfirmDialog>
    </>
  );
}

function SaveBar({
  count,
  faults,
  refused,
  inRow,
  saving,
  onDiscard,
  onSave,
}: {
  count: number;
  faults: number;
  refused: ApiError | null;
  /** The refusal stands beside its field already. */
  inRow: boolean;
  saving: boolean;
  onDiscard: () => void;
  onSave: () => void;
}) {
  const changes = `${count} ${count === 1 ? "change" : "changes"}`;
  return (
    <div className={styles.saveBar}>
      {refused && (
        <p className={styles.refused} role="alert">
          <strong>Nothing was saved.</strong>{" "}
          {withCode(inRow ? `See \`${refused.param}\`.` : refused.detail)}
        </p>
      )}
      <span role="status">{faults > 0 ? `${changes}, ${faults} to correct` : changes}</span>
      <span className={styles.acts}>
        <Button variant="default" onClick={onDiscard}>
          Discard
        </Button>
        <Button disabled={faults > 0} loading={saving} onClick={onSave}>
          Save
        </Button>
      </span>
    </div>
  );
}

/** The browser asks before a tab with changes is closed. */
function useLeaveWarning(needed: boolean) {
  useEffect(() => {
    if (!needed) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [needed]);
}
