import { client, ok } from "@b3iq/shared/api/client.ts";
import { ChoiceBar } from "@b3iq/shared/kit/choice_bar.tsx";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { Page } from "@b3iq/shared/kit/page.tsx";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "wouter";
import { Backups } from "./backups";
import { NodeView } from "./node_view";
import { Options } from "./options";
import { RestartNotice } from "./restart";
import { Updates } from "./updates";

const kViews = [
  { value: "options", name: "Options" },
  { value: "backups", name: "Backups" },
  { value: "updates", name: "Updates" },
  { value: "node", name: "This node" },
] as const;
type View = (typeof kViews)[number]["value"];

export default function SettingsPage() {
  const [query, setQuery] = useSearchParams();
  const view = kViews.find(({ value }) => value === query.get("view"))?.value ?? "options";
  const settings = useQuery({
    queryKey: ["settings"],
    queryFn: ({ signal }) => ok(client.GET("/setup/v1/settings", { signal })),
  });
  const pending = settings.data?.data.filter((setting) => setting.pending) ?? [];
  const show = (next: View) => setQuery(next === "options" ? {} : { view: next });
  return (
    <Page title="Settings" about="How this node works. All of it stays on its machine.">
      <div>
        <ChoiceBar label="Part of the settings" choices={kViews} value={view} onChange={show} />
      </div>
      {settings.data?.restart_needed && <RestartNotice pending={pending} />}
      {view === "options" && (
        <Loaded query={settings}>{(list) => <Options settings={list.data} />}</Loaded>
      )}
      {view === "backups" && <Backups />}
      {view === "updates" && <Updates />}
      {view === "node" && <NodeView />}
    </Page>
  );
}
