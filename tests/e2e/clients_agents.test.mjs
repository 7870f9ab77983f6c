// @openai/agents (chat completions, tracing off) against the real binary and the real model: a plain agent without tools.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent, OpenAIProvider, Runner, setOpenAIAPI, setTracingDisabled } from '@openai/agents';
import { Node, defaultModel } from './node.mjs';

let node;
let runner;
let agent;

before(async () => {
  node = await Node.start();
  await node.ready();
  const { secret } = await node.key({ name: 'agents' });
  setOpenAIAPI('chat_completions');
  setTracingDisabled(true);
  const modelProvider = new OpenAIProvider({ apiKey: secret, baseURL: `${node.url}/v1`, useResponses: false });
  runner = new Runner({ modelProvider, tracingDisabled: true });
  agent = new Agent({
    name: 'Guide', instructions: 'You are a helpful assistant.', model: defaultModel, modelSettings: { temperature: 0 },
  });
});
after(() => node?.close());

test('agents: a run ends with the answer', async () => {
  const result = await runner.run(agent, 'What is the capital of France?');
  assert.match(result.finalOutput, /Paris/);
});

test('agents: a streamed run gives the same text', async () => {
  const result = await runner.run(agent, 'What is the capital of France?', { stream: true });
  let text = '';
  for await (const event of result.toTextStream()) text += event;
  await result.completed;
  assert.match(text, /Paris/);
});
