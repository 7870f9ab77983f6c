import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { Page } from "@b3iq/shared/kit/page.tsx";
import { Button, Tabs } from "@mantine/core";
import { useEffect } from "react";
import { useSearchParams } from "wouter";
import { useInstalledModels, useModels } from "../../app/data";
import { ChatPanel } from "./chat_panel";
import { chat, useChat } from "./chat_store";
import { chatModels, defaultModel } from "./model_list";
import { NoModel } from "./no_model";
import styles from "./playground.module.css";
import { SnippetsPanel } from "./snippets_panel";

export default function PlaygroundPage() {
  const models = useModels();
  const installed = useInstalledModels();
  const [search, setSearch] = useSearchParams();
  const { turns, model: chosen } = useChat();
  const wished = search.get("model");
  const there = models.data?.some((model) => model.id === wished) ?? false;
  // A link names a model. One that was installed just now comes with the next list, so the wish
  // stays in the address until it can be met.
  useEffect(() => {
    if (!wished || !there) return;
    chat.setModel(wished);
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        after.delete("model");
        return after;
      },
      { replace: true },
    );
  }, [wished, there, setSearch]);
  const tab = search.get("tab") === "code" ? "code" : "chat";
  const show = (next: string | null) =>
    setSearch((before) => {
      const after = new URLSearchParams(before);
      if (next === "code") after.set("tab", "code");
      else after.delete("tab");
      return after;
    });
  return (
    <Page
      title="Playground"
      about="Try the models of this node, and see how to reach them from your own programs."
      actions={
        turns.length > 0 &&
        tab === "chat" && (
          <Button variant="default" onClick={chat.clear}>
            New chat
          </Button>
        )
      }
    >
      <Loaded query={models}>
        {(all) => {
          const list = chatModels(all, installed.data?.data ?? []);
          const model = defaultModel(list, wished || chosen);
          if (!model) return <NoModel />;
          return (
            <Tabs value={tab} onChange={show} keepMounted={false} className={styles.tabs}>
              <Tabs.List>
                <Tabs.Tab value="chat">Chat</Tabs.Tab>
                <Tabs.Tab value="code">Use it from your programs</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="chat" className={styles.tabPanel}>
                <ChatPanel models={list} model={model} />
              </Tabs.Panel>
              <Tabs.Panel value="code" className={styles.tabPanel}>
                <SnippetsPanel models={list} model={model} />
              </Tabs.Panel>
            </Tabs>
          );
        }}
      </Loaded>
    </Page>
  );
}
