import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { Button } from "@mantine/core";
import { useState } from "react";
import { useRuntimes } from "../../app/data";
import { RuntimeCard } from "../../parts/runtime_cards";
import { AddDialog } from "../runtimes/add_dialog";
import { ProbeSection } from "../runtimes/probe_section";
import { StartFrame } from "./frame";
import styles from "./step.module.css";
import { Way } from "./way";

export default function RuntimeStep() {
  const runtimes = useRuntimes();
  const all = runtimes.data ?? [];
  const [adding, setAdding] = useState(false);
  return (
    <StartFrame
      step="runtime"
      title="What runs the models"
      about="The built-in runtime needs nothing else and is enough to begin. A node can also use a runtime that you already have, such as Ollama, vLLM, llama-server or LM Studio."
      footer={<Way from="runtime" ready={all.some((one) => one.state === "ready")} skip />}
    >
      <Section title="In use">
        <Loaded query={runtimes}>
          {(rows) => (
            <div className={styles.list}>
              {rows.map((runtime) => (
                <RuntimeCard key={runtime.id} runtime={runtime} />
              ))}
            </div>
          )}
        </Loaded>
      </Section>
      <ProbeSection runtimes={all} atOnce />
      <Section
        title="Another one"
        about="On this machine or on another one that you trust: prompts go there."
        actions={
          <Button variant="default" onClick={() => setAdding(true)}>
            Add by address
          </Button>
        }
      >
        {null}
      </Section>
      {adding && <AddDialog runtimes={all} onClose={() => setAdding(false)} />}
    </StartFrame>
  );
}
