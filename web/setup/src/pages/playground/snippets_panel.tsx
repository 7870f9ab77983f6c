import { CopyBlock } from "@b3iq/shared/kit/copy_block.tsx";
import { withCode } from "@b3iq/shared/kit/error_notice.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { Button, Tabs } from "@mantine/core";
import { Link, useSearchParams } from "wouter";
import { chat } from "./chat_store";
import type { ChatModel } from "./model_list";
import { ModelPicker } from "./model_picker";
import styles from "./playground.module.css";
import { appSnippets, codeSnippets, isLoopback, kKeyVariable, type Snippet } from "./snippets";

/** What to paste elsewhere. */
export function SnippetsPanel({ models, model }: { models: ChatModel[]; model: ChatModel }) {
  const origin = location.origin;
  const place = { origin, model: model.id };
  return (
    <div className={styles.snippets}>
      <div className={styles.way}>
        <ModelPicker models={models} model={model} onChoose={chat.setModel} />
        <div className={styles.options}>
          <CopyBlock label="Address of the API" text={`${origin}/v1`} />
          {isLoopback(origin) && (
            <p className={styles.note}>
              It works on the machine whose browser shows this page. From others, use an SSH tunnel,
              or let the node listen on the network (Settings).
            </p>
          )}
        </div>
        <div className={styles.options}>
          <p className={styles.note}>
            Programs need a key of their own. The examples read it from the variable{" "}
            <code>{kKeyVariable}</code>; a key is shown once, when it is made, so it cannot stand
            here.
          </p>
          <div>
            <Button component={Link} href="/keys" variant="default" size="xs">
              Make a key
            </Button>
          </div>
        </div>
      </div>
      <SnippetTabs title="In your code" name="code" snippets={codeSnippets(place)} />
      <SnippetTabs title="In other apps" name="app" snippets={appSnippets(place)} />
    </div>
  );
}

function SnippetTabs({
  title,
  name,
  snippets,
}: {
  title: string;
  /** In the address. */
  name: string;
  snippets: Snippet[];
}) {
  const [search, setSearch] = useSearchParams();
  const shown = snippets.find((one) => one.id === search.get(name)) ?? snippets[0];
  const show = (id: string | null) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (id) after.set(name, id);
        return after;
      },
      { replace: true },
    );
  return (
    <Section title={title}>
      <Tabs value={shown?.id ?? null} onChange={show} variant="pills" keepMounted={false}>
        <Tabs.List>
          {snippets.map((one) => (
            <Tabs.Tab key={one.id} value={one.id}>
              {one.title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {snippets.map((one) => (
          <Tabs.Panel key={one.id} value={one.id} className={styles.snippet}>
            <p className={styles.note}>
              {withCode(one.about)}{" "}
              {one.tested
                ? "Tried by the node's own tests."
                : "Written from its documentation, not tried by the node's own tests."}
            </p>
            {one.blocks.map((block) => (
              <CopyBlock key={block.label} label={block.label} text={block.text} />
            ))}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Section>
  );
}
