import type { LoggedRequest } from "@b3iq/shared/api/types.ts";
import { formatNumber } from "@b3iq/shared/kit/formats.ts";
import { Page, Section } from "@b3iq/shared/kit/page.tsx";
import { Button } from "@mantine/core";
import { useState } from "react";
import { useSearchParams } from "wouter";
import { useMay } from "../../app/session";
import { ContentBanner, KeepContent } from "./content_switch";
import { LiveCalls } from "./live_calls";
import { type Filters, useRequestLog } from "./request_data";
import { RequestDetails } from "./request_details";
import { RequestFilters, RequestList } from "./request_list";

const kOutcomes: string[] = ["ok", "error", "cancelled"];

function filtersOf(query: URLSearchParams): Filters {
  const outcome = query.get("outcome") ?? "";
  return {
    outcome: kOutcomes.includes(outcome) ? (outcome as Filters["outcome"]) : "",
    account: query.get("account") ?? "",
    model: query.get("model") ?? "",
  };
}

export default function RequestsPage() {
  const [query, setQuery] = useSearchParams();
  const [opened, setOpened] = useState<LoggedRequest | null>(null);
  const [keeping, setKeeping] = useState(false);
  const log = useRequestLog();
  const isOwner = useMay("owner");
  const filters = filtersOf(query);
  const change = (part: Partial<Filters>) => {
    const given = Object.entries({ ...filters, ...part }).filter(([, value]) => value);
    setQuery(Object.fromEntries(given), { replace: true });
  };
  return (
    <Page
      title="Requests"
      about="What programs and people ask of this node: who, which model, how much, how long. Not what they say."
    >
      {log.data && <ContentBanner log={log.data} />}
      <LiveCalls />
      <Section
        title="Request log"
        about={log.data && keptWords(log.data)}
        actions={
          isOwner &&
          log.data &&
          !log.data.content.on && (
            <Button variant="default" onClick={() => setKeeping(true)}>
              Keep content for a while…
            </Button>
          )
        }
      >
        <RequestFilters filters={filters} onChange={change} />
        <RequestList filters={filters} onOpen={setOpened} />
      </Section>
      {opened && <RequestDetails row={opened} onClose={() => setOpened(null)} />}
      {keeping && <KeepContent onClose={() => setKeeping(false)} />}
    </Page>
  );
}

function keptWords(log: { kept: number; max_kept: number; content: { on: boolean } }): string {
  if (log.max_kept === 0) return "The log is off: request_log.entries is 0 under Settings.";
  const content = log.content.on ? "" : " Prompts and answers are not kept.";
  return `${formatNumber(log.kept)} of the last ${formatNumber(log.max_kept)} are here.${content}`;
}
