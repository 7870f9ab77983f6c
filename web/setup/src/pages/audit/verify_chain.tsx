import { client, ok } from "@b3iq/shared/api/client.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { CopyButton } from "@b3iq/shared/kit/copy_block.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { formatNumber, formatTime } from "@b3iq/shared/kit/formats.ts";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Mono } from "@b3iq/shared/kit/text_button.tsx";
import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import styles from "./audit.module.css";
import { type FoundHead, findHead, kMostEntries } from "./chain";

export function VerifyChain() {
  const verify = useMutation({
    mutationFn: () => ok(client.GET("/setup/v1/audit/verification")),
  });
  const found = verify.data;
  return (
    <Section
      title="The chain"
      about="Each entry carries the hash of the one before it, so that a change shows."
    >
      <Card tone={found && !found.holds ? "bad" : "plain"}>
        <div className={styles.head}>
          <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
            {found ? "Verify again" : "Verify the chain"}
          </Button>
          <div role="status">
            {found?.holds && (
              <StatusDot tone="good">
                It holds: {formatNumber(found.entries)} entries, none changed, removed or put in.
              </StatusDot>
            )}
            {found && !found.holds && (
              <StatusDot tone="bad">
                It is broken from entry {found.first_broken_seq} on: the log was changed there.
              </StatusDot>
            )}
          </div>
        </div>
        <ErrorNotice error={verify.error} />
        {found?.holds && found.entries > 0 && <Head head={found.head} />}
      </Card>
    </Section>
  );
}

function Head({ head }: { head: string }) {
  return (
    <>
      <div className={styles.head}>
        <span>Head</span>
        <Mono>{head}</Mono>
        <CopyButton text={head} label="Copy head" />
      </div>
      <div className={styles.two}>
        <div>
          <h3>What this proves</h3>
          <p>
            No entry was changed, removed or put in, but for the newest ones: those can be cut off
            without a trace.
          </p>
        </div>
        <div>
          <h3>What it does not</h3>
          <p>
            Whoever can write the node's database can make a whole new chain. Keep the head
            somewhere else, and compare it later: then that shows too.
          </p>
        </div>
      </div>
      <KeptHead />
    </>
  );
}

function KeptHead() {
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const find = useMutation({ mutationFn: (head: string) => findHead(head) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const head = text.trim().toLowerCase();
    if (/^[0-9a-f]{64}$/.test(head)) find.mutate(head);
    else setFault("A head has 64 hexadecimal digits.");
  };
  return (
    <>
      <form className={styles.form} onSubmit={submit}>
        <TextInput
          label="A head that you kept"
          autoComplete="off"
          spellCheck={false}
          value={text}
          error={fault}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setFault(null);
            find.reset();
          }}
        />
        <Button type="submit" variant="default" loading={find.isPending} disabled={!text.trim()}>
          Compare
        </Button>
      </form>
      <ErrorNotice error={find.error} />
      {find.data !== undefined && <Compared found={find.data} />}
    </>
  );
}

function Compared({ found: { entry, whole } }: { found: FoundHead }) {
  return (
    <p className={styles.found} role="status">
      {entry ? (
        <StatusDot tone="good">
          It is entry {entry.seq} of {formatTime(entry.at)}: everything up to there is as it was
          when you kept it.
        </StatusDot>
      ) : !whole ? (
        <StatusDot tone="warn">
          It is none of the newest {formatNumber(kMostEntries)} entries. The log is longer than this
          page reads: whether an older one has this hash is not known.
        </StatusDot>
      ) : (
        <StatusDot tone="bad">
          No entry has this hash: entries were cut off or the chain was made anew since you kept it.
        </StatusDot>
      )}
    </p>
  );
}
