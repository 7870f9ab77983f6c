import { CopyBlock } from "@b3iq/shared/kit/copy_block.tsx";
import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import styles from "./snippets.module.css";

/** The address that programs use: the one that this page was opened at. */
export function baseUrl(): string {
  return `${location.origin}/v1`;
}

const kLanguages = {
  curl: (url: string, model: string) => `curl ${url}/chat/completions \\
  -H "Authorization: Bearer $B3IQ_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello"}]}'`,
  Python: (url: string, model: string) => `import os
from openai import OpenAI

client = OpenAI(base_url="${url}", api_key=os.environ["B3IQ_API_KEY"])
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.choices[0].message.content)`,
  JavaScript: (url: string, model: string) => `import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "${url}",
  apiKey: process.env.B3IQ_API_KEY,
});
const answer = await client.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: "Hello" }],
});
console.log(answer.choices[0].message.content);`,
};

type Language = keyof typeof kLanguages;

/** How a program calls this node. The key comes from the environment: no secret stands here. */
export function Snippets({ model }: { model: string }) {
  const [language, setLanguage] = useState<Language>("curl");
  return (
    <div className={styles.snippets}>
      <CopyBlock label="Base URL" text={baseUrl()} />
      <SegmentedControl
        aria-label="Language"
        value={language}
        data={Object.keys(kLanguages)}
        onChange={(value) => setLanguage(value as Language)}
      />
      <CopyBlock
        label={`${language}, with your key in B3IQ_API_KEY`}
        text={kLanguages[language](baseUrl(), model)}
      />
    </div>
  );
}
