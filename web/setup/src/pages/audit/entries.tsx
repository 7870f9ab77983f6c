import type { AuditEntry } from "@b3iq/shared/api/types.ts";
import { ChoiceBar, FilterBar } from "@b3iq/shared/kit/choice_bar.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { NativeSelect } from "@mantine/core";
import { useCallback, useState } from "react";
import { useSearchParams } from "wouter";
import { nameWithHint } from "../../parts/account_words";
import { useAccountNames, useUsers } from "../../parts/accounts";
import { type ActKind, actKinds, actOf, actorText } from "./act_words";
import { FoundEntries } from "./found_entries";
import { NewestEntries, useNewest } from "./newest_entries";

/** Who may have acted without being in the list of users. */
const kOthers = ["operator", "browser"];

export function Entries() {
  const audit = useNewest();
  const users = useUsers().data;
  const nameOf = useAccountNames();
  const [query, setQuery] = useSearchParams();
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const see = useCallback(
    (acted: ReadonlySet<string>) => setSeen((now) => new Set([...now, ...acted])),
    [],
  );
  const kind = (query.get("kind") ?? "") as ActKind | "";
  const actor = query.get("actor") ?? "";
  const set = (name: string, value: string) =>
    setQuery(
      (now) => {
        const next = new URLSearchParams(now);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  const fits = useCallback(
    (entry: AuditEntry) =>
      (!kind || actOf(entry).kind === kind) && (!actor || entry.actor === actor),
    [kind, actor],
  );
  const loaded = audit.data?.pages.flat().map((entry) => entry.actor) ?? [];
  const actors = new Set([
    ...kOthers,
    ...(users ?? []).map((user) => user.id),
    ...loaded,
    ...seen,
    ...(actor ? [actor] : []),
  ]);
  const actorName = (id: string) => nameWithHint(id, actorText(id, nameOf));
  return (
    <Section title="Entries">
      <FilterBar>
        <ChoiceBar
          label="Kind of act"
          choices={actKinds}
          value={kind}
          onChange={(value) => set("kind", value)}
        />
        <NativeSelect
          aria-label="By whom"
          value={actor}
          data={[
            { value: "", label: "By anybody" },
            ...[...actors].map((id) => ({ value: id, label: `By ${actorName(id)}` })),
          ]}
          onChange={(event) => set("actor", event.currentTarget.value)}
        />
      </FilterBar>
      {kind || actor ? (
        <FoundEntries key={`${kind} ${actor}`} fits={fits} nameOf={nameOf} onActors={see} />
      ) : (
        <NewestEntries audit={audit} nameOf={nameOf} />
      )}
    </Section>
  );
}
