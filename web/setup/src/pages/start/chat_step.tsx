import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { NativeSelect } from "@mantine/core";
import { useState } from "react";
import { useSearch } from "wouter";
import { useModels } from "../../app/data";
import { chats } from "../../parts/model_words";
import { Snippets } from "../../parts/snippets";
import { StartFrame } from "./frame";
import { TryChat } from "./try_chat";
import { Way } from "./way";

export default function ChatStep() {
  const known = useModels();
  const models = (known.data ?? []).filter(chats);
  const wished = new URLSearchParams(useSearch()).get("model");
  const [picked, setPicked] = useState<string | null>(null);
  const model = models.find((one) => one.id === (picked ?? wished))?.id ?? models[0]?.id ?? null;
  return (
    <StartFrame
      step="chat"
      title="Say something to it"
      about="The answer is made on this machine and comes word by word. Every answer gets a signed receipt."
      footer={<Way from="chat" ready label="Go to the overview" />}
    >
      {models.length > 1 && model && (
        <NativeSelect
          label="Model"
          value={model}
          data={models.map((one) => one.id)}
          onChange={(event) => setPicked(event.currentTarget.value)}
        />
      )}
      {model ? (
        <TryChat key={model} model={model} />
      ) : (
        <Loaded query={known}>{() => <p>No model can chat yet. Go back and choose one.</p>}</Loaded>
      )}
      {model && (
        <Section
          title="From your programs"
          about="Any program that speaks OpenAI's API works: give it this address and your key."
        >
          <Snippets model={model} />
        </Section>
      )}
    </StartFrame>
  );
}
