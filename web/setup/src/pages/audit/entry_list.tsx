import type { AuditEntry } from "@b3iq/shared/api/types.ts";
import { type Column, DataList } from "@b3iq/shared/kit/data_list.tsx";
import { formatTime } from "@b3iq/shared/kit/formats.ts";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Mono, Soft } from "@b3iq/shared/kit/text_button.tsx";
import { RelativeTime } from "@b3iq/shared/kit/values.tsx";
import { Fragment } from "react";
import { AccountName } from "../../parts/accounts";
import { actOf, actorText, isRole, subjectWords } from "./act_words";

export function EntryList({
  entries,
  nameOf,
}: {
  entries: readonly AuditEntry[];
  nameOf: (id: string) => string;
}) {
  return (
    <DataList
      caption="Audit log, newest first"
      columns={columnsOf(nameOf)}
      rows={entries}
      rowKey={(entry) => entry.seq}
    />
  );
}

function columnsOf(nameOf: (id: string) => string): Column<AuditEntry>[] {
  return [
    {
      title: "Act",
      main: true,
      cell: (entry) => {
        const act = actOf(entry);
        const subject = subjectWords(entry, nameOf);
        return (
          <>
            {act.notable ? <StatusDot tone="warn">{act.text}</StatusDot> : act.text}
            {subject.length > 0 && (
              <Soft>
                {subject.map(({ id, text }, index) => (
                  <Fragment key={id}>
                    {index > 0 && (isRole(text) ? " as " : " ")}
                    <AccountName account={id} name={text} />
                  </Fragment>
                ))}
              </Soft>
            )}
          </>
        );
      },
    },
    {
      title: "By",
      cell: (entry) => <AccountName account={entry.actor} name={actorText(entry.actor, nameOf)} />,
    },
    {
      title: "When",
      cell: (entry) => (
        <div>
          {formatTime(entry.at)}
          <Soft>
            <RelativeTime time={entry.at} />
          </Soft>
        </div>
      ),
    },
    {
      title: "Entry",
      numeric: true,
      cell: (entry) => (
        <div title={`${entry.act} ${entry.subject}`}>
          {entry.seq}
          <Soft>
            <Mono>{entry.hash.slice(0, 10)}…</Mono>
          </Soft>
        </div>
      ),
    },
  ];
}
