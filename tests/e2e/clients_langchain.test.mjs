// @langchain/openai against the real binary and the real model.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HumanMessage, SystemMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { Node, defaultModel } from './node.mjs';

let node;
let chat;

before(async () => {
  node = await Node.start();
  await node.ready();
  const { secret } = await node.key({ name: 'langchain' });
  chat = new ChatOpenAI({
    model: defaultModel, apiKey: secret, temperature: 0, maxRetries: 0, configuration: { baseURL: `${node.url}/v1` },
  });
});
after(() => node?.close());

test('langchain: invoke answers with Paris and usage metadata', async () => {
  const message = await chat.invoke('What is the capital of France?');
  assert.match(message.content, /Paris/);
  assert.ok(message.usage_metadata.total_tokens > 0);
});

test('langchain: system and human messages', async () => {
  const message = await chat.invoke([
    new SystemMessage('You are a helpful assistant.'), new HumanMessage('What is the capital of France?'),
  ]);
  assert.match(message.content, /Paris/);
});

test('langchain: stream gives the answer in several chunks', async () => {
  let text = '';
  let chunks = 0;
  for await (const chunk of await chat.stream('What is the capital of France?')) {
    text += chunk.content;
    chunks += 1;
  }
  assert.match(text, /Paris/);
  assert.ok(chunks > 1);
});

test('langchain: a batch of four parallel calls', async () => {
  const answers = await chat.batch(Array(4).fill('What is the capital of France?'));
  for (const answer of answers) assert.match(answer.content, /Paris/);
});
