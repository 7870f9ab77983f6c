// How other programs talk to this node: with its real address and model, and never with a real key.

export interface Snippet {
  id: string;
  title: string;
  /** What to know before it is used. `code` in backticks. */
  about: string;
  /** Tried by this project's own tests with each change. */
  tested: boolean;
  blocks: { label: string; text: string }[];
}

interface Place {
  /** http://127.0.0.1:8831, without a path. */
  origin: string;
  model: string;
}

/** The variable that holds the key in every snippet. */
export const kKeyVariable = "B3IQ_API_KEY";

const kKeyNote = `Put your key in \`${kKeyVariable}\` first.`;

export function codeSnippets({ origin, model }: Place): Snippet[] {
  const base = `${origin}/v1`;
  const name = JSON.stringify(model);
  return [
    {
      id: "curl",
      title: "curl",
      about: `${kKeyNote} \`-N\` shows the answer while it comes.`,
      tested: true,
      blocks: [
        {
          label: "Terminal",
          text: `export ${kKeyVariable}='b3iq_local_…'   # your key, from the page Keys

curl -N ${shellWord(`${base}/chat/completions`)} \\
  -H "Authorization: Bearer $${kKeyVariable}" \\
  -H 'Content-Type: application/json' \\
  -d ${shellWord(`{"model": ${name}, "stream": true, "messages": [{"role": "user", "content": "Hello"}]}`)}`,
        },
      ],
    },
    {
      id: "python",
      title: "Python",
      about: `The package \`openai\`. ${kKeyNote}`,
      tested: false,
      blocks: [
        { label: "Once", text: "pip install openai" },
        {
          label: "chat.py",
          text: `import os
from openai import OpenAI

client = OpenAI(base_url=${JSON.stringify(base)}, api_key=os.environ["${kKeyVariable}"])

stream = client.chat.completions.create(
    model=${name},
    messages=[{"role": "user", "content": "Hello"}],
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)`,
        },
      ],
    },
    {
      id: "javascript",
      title: "JavaScript",
      about: `The package \`openai\`, in Node.js. ${kKeyNote} A web page must not hold a key.`,
      tested: true,
      blocks: [
        { label: "Once", text: "npm install openai" },
        {
          label: "chat.mjs",
          text: `import OpenAI from "openai";

const client = new OpenAI({ baseURL: ${JSON.stringify(base)}, apiKey: process.env.${kKeyVariable} });

const stream = await client.chat.completions.create({
  model: ${name},
  messages: [{ role: "user", content: "Hello" }],
  stream: true,
});
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta?.content ?? "");
}`,
        },
      ],
    },
    {
      id: "langchain",
      title: "LangChain",
      about: `The package \`@langchain/openai\`; \`langchain-openai\` of Python takes the same values. ${kKeyNote}`,
      tested: true,
      blocks: [
        {
          label: "chat.mjs",
          text: `import { ChatOpenAI } from "@langchain/openai";

const model = new ChatOpenAI({
  model: ${name},
  apiKey: process.env.${kKeyVariable},
  configuration: { baseURL: ${JSON.stringify(base)} },
});
for await (const piece of await model.stream("Hello")) {
  process.stdout.write(piece.content);
}`,
        },
      ],
    },
    {
      id: "anthropic",
      title: "Anthropic's SDK",
      about: `The node speaks Anthropic's Messages API as well. No \`/v1\` at the end of the address. ${kKeyNote}`,
      tested: true,
      blocks: [
        {
          label: "chat.mjs",
          text: `import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: ${JSON.stringify(origin)}, apiKey: process.env.${kKeyVariable} });

const message = await client.messages.create({
  model: ${name},
  max_tokens: 1024,
  messages: [{ role: "user", content: "Hello" }],
});
console.log(message.content[0].text);`,
        },
        {
          label: "Tools that read the environment",
          text: `export ANTHROPIC_BASE_URL=${shellWord(origin)}
export ANTHROPIC_AUTH_TOKEN="$${kKeyVariable}"
export ANTHROPIC_MODEL=${shellWord(model)}`,
        },
      ],
    },
    {
      id: "ollama",
      title: "Ollama's clients",
      about: `For programs made for Ollama that can send a header. Those that cannot get 401: every route needs a key. ${kKeyNote}`,
      tested: true,
      blocks: [
        {
          label: "chat.mjs",
          text: `import { Ollama } from "ollama";

const ollama = new Ollama({
  host: ${JSON.stringify(origin)},
  headers: { Authorization: \`Bearer \${process.env.${kKeyVariable}}\` },
});
const answer = await ollama.chat({
  model: ${name},
  messages: [{ role: "user", content: "Hello" }],
  stream: true,
});
for await (const part of answer) process.stdout.write(part.message.content);`,
        },
      ],
    },
  ];
}

export function appSnippets({ origin, model }: Place): Snippet[] {
  const base = `${origin}/v1`;
  return [
    {
      id: "open-webui",
      title: "Open WebUI",
      about:
        "In its admin settings add a connection of the kind OpenAI with these values; the models appear by themselves. In a container, share the host's network: otherwise `127.0.0.1` is the container itself.",
      tested: false,
      blocks: [
        {
          label: "Connection",
          text: `API base URL   ${base}
API key        your key, from the page Keys`,
        },
        {
          label: "Or start it with them",
          text: `docker run --network=host \\
  -e OPENAI_API_BASE_URL=${shellWord(base)} \\
  -e OPENAI_API_KEY="$${kKeyVariable}" \\
  -v open-webui:/app/backend/data ghcr.io/open-webui/open-webui:main`,
        },
      ],
    },
    {
      id: "continue",
      title: "Continue",
      about: "The assistant for VS Code and JetBrains. This goes into its `config.yaml`.",
      tested: false,
      blocks: [
        {
          label: "config.yaml",
          text: `models:
  - name: B3IQ
    provider: openai
    model: ${JSON.stringify(model)}
    apiBase: ${base}
    apiKey: \${{ secrets.${kKeyVariable} }}
    roles: [chat, edit]`,
        },
      ],
    },
    {
      id: "editors",
      title: "Other editors",
      about:
        "Where an editor has settings for an OpenAI-compatible provider, these are the values. Some editors send your requests through their own servers, Cursor among them: those cannot reach an address of this machine.",
      tested: false,
      blocks: [
        {
          label: "Values",
          text: `Base URL   ${base}
API key    your key, from the page Keys
Model      ${model}`,
        },
      ],
    },
    {
      id: "environment",
      title: "By environment",
      about: "Many command-line tools and frameworks read these two.",
      tested: true,
      blocks: [
        {
          label: "Terminal",
          text: `export OPENAI_BASE_URL=${shellWord(base)}
export OPENAI_API_KEY="$${kKeyVariable}"`,
        },
      ],
    },
  ];
}

/** A word that a shell takes as it is. */
export function shellWord(text: string): string {
  if (/^[\w./:@-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Whether the address works only on the machine that the browser runs on. */
export function isLoopback(origin: string): boolean {
  const host = new URL(origin).hostname;
  return host === "localhost" || host === "[::1]" || /^127\./.test(host);
}
