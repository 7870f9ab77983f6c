// b3iq, the customer's tool, at a real control plane and a real node: from the command line, and behind clients nobody here wrote.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { CustomerTool } from './customer_tool.mjs';
import { LiveControl, noLimits, quickBeats } from './live_control.mjs';
import { Node, until, upstreamConfig } from './node.mjs';
import { operator } from './operator.mjs';
import { Upstream } from './upstream.mjs';

const kPatienceMs = 60_000;
const model = 'fake-instant';
const messages = [{ role: 'user', content: 'Which river flows through Bern?' }];
let control;
let upstream;
let node;
let ada;

before(async () => {
  control = await LiveControl.launch({ config: { ...noLimits, ...quickBeats } });
  upstream = await Upstream.start();
  node = await Node.start({ config: (config) => ({ ...config, ...upstreamConfig(upstream.url) }) });
  await node.ready(model);
  ada = await CustomerTool.create(control);
  const token = ada.write('enrollment', await control.token());
  const enrolled = await node.cli(['enroll', '--control-plane', control.url, '--token-file', token, '--allow', 'private_inference']);
  assert.equal(enrolled.code, 0, enrolled.stderr);
  const api = operator(node);
  for (const one of [model, 'fake-silent', 'fake-paced', 'fake-endless']) {
    const allowed = await api('POST', '/setup/v1/model-posture', { model: one, network_eligible: true, paid_route_eligible: true });
    assert.equal(allowed.status, 200, allowed.text);
  }
  await until(async () => (await control.call('GET', '/v1/private-inference/candidates?model_id=fake-endless', {
    headers: { 'x-b3iq-customer-id': ada.id, 'x-b3iq-customer-token': ada.token },
  })).json?.data?.length === 1, kPatienceMs, 'the node among the candidates');
});
after(async () => {
  await ada?.close();
  await node?.close();
  await upstream?.close?.();
  await control?.close();
});

const send = (...more) => ada.run(['private', 'send', '--model', model, '--prompt', ...more], messages[0].content);
const openai = () => new OpenAI({ apiKey: ada.key, baseURL: `${ada.proxyUrl}/v1`, maxRetries: 0 });

test('private send: an answer, a price, and evidence that verifies offline and in the log', async () => {
  const before = await ada.account();
  const sent = await send('--json', '--job', 'bern-1');
  assert.equal(sent.code, 0, sent.stderr);
  assert.equal(sent.json.status, 'completed');
  assert.match(sent.json.response.choices[0].message.content, /\S/);
  assert.match(sent.stderr, /remembered/);
  await until(async () => (await ada.jobs()).find((job) => job.job_id === 'bern-1').billing_status === 'settled', kPatienceMs, 'the job to be settled');
  const after = await ada.account();
  assert.ok(after.balance < before.balance && after.reserved === 0n, 'what was done is paid');

  const evidence = path.join(ada.home, 'evidence/bern-1.json');
  const checked = await ada.run(['verify', 'receipt', evidence, '--json']);
  assert.equal(checked.code, 0, checked.stderr);
  assert.equal(checked.json.content_checked, true);
  assert.equal(checked.json.node_id, sent.json.node_id);
  const fetched = await ada.run(['log', 'fetch', ada.path('log'), '--receipt', checked.json.receipt_hash]);
  assert.equal(fetched.code, 0, fetched.stderr);
  const logged = await ada.run(['verify', 'log', '--json', '--receipt', evidence, '--proof', ada.path('log/proof')]);
  assert.equal(logged.code, 0, logged.stderr);
  assert.equal(logged.json.receipt_hash, checked.json.receipt_hash);
});

test('verify log: the log has only grown', async () => {
  fs.copyFileSync(ada.path('log/checkpoint'), ada.path('old'));
  for (let i = 0; i < 3; i += 1) assert.equal((await send()).code, 0);
  const fetched = await ada.run(['log', 'fetch', ada.path('log'), '--older', ada.path('old')]);
  assert.equal(fetched.code, 0, fetched.stderr);
  const grown = await ada.run(['verify', 'log', '--json', '--checkpoint', ada.path('log/checkpoint'), '--older', ada.path('old'), '--tiles', ada.path('log')]);
  assert.equal(grown.code, 0, grown.stderr);
  assert.ok(grown.json.size > grown.json.grown_from, JSON.stringify(grown.json));
});

test('private get: another run opens the answer; list and cancel', async () => {
  assert.equal((await send('--no-wait', '--job', 'later')).code, 0);
  assert.ok((await ada.jobs()).find((job) => job.job_id === 'later').has_answer_key);
  const got = await ada.run(['private', 'get', 'later', '--text']);
  assert.equal(got.code, 0, got.stderr);
  assert.match(got.stdout, /\S/);
  const silent = await ada.run(['private', 'send', '--model', 'fake-silent', '--prompt', '--no-wait', '--job', 'silent'], 'go on');
  assert.equal(silent.code, 0, silent.stderr);
  // The node may have it already: then it is stopped first. Nothing was made, so nothing is paid.
  assert.equal((await ada.run(['private', 'cancel', 'silent', '--json'])).code, 0);
  const silentJob = async () => (await ada.jobs()).find((job) => job.job_id === 'silent');
  await until(async () => (await silentJob()).status === 'cancelled', kPatienceMs, 'the job to be cancelled');
  assert.equal((await silentJob()).billing_status, 'released');
});

test('private proxy: openai, whole and as a stream', async () => {
  await ada.startProxy();
  assert.match(ada.said, /b3iq_proxy_\w{40}/, 'the token is shown the first time');
  const answer = await openai().chat.completions.create({ model, messages });
  const text = answer.choices[0].message.content;
  assert.match(text, /\S/);
  assert.ok(answer.usage.total_tokens > 0);
  let streamed = '';
  let usage;
  for await (const chunk of await openai().chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } })) {
    streamed += chunk.choices[0]?.delta?.content ?? '';
    usage ??= chunk.usage;
  }
  assert.equal(streamed, text);
  assert.ok(usage.total_tokens > 0);
  assert.ok((await openai().models.list()).data.some((one) => one.id === model));
  const wrong = new OpenAI({ apiKey: 'none', baseURL: `${ada.proxyUrl}/v1`, maxRetries: 0 });
  await assert.rejects(wrong.models.list(), OpenAI.AuthenticationError);
});

test('private proxy: ai and LangChain, whole and as a stream', async () => {
  const provider = createOpenAICompatible({ name: 'b3iq', baseURL: `${ada.proxyUrl}/v1`, apiKey: ada.key, includeUsage: true });
  const { text } = await generateText({ model: provider(model), prompt: 'Hello', maxRetries: 0 });
  assert.match(text, /\S/);
  let streamed = '';
  for await (const part of streamText({ model: provider(model), prompt: 'Hello', maxRetries: 0 }).textStream) streamed += part;
  assert.equal(streamed, text);
  const chat = new ChatOpenAI({ model, apiKey: ada.key, maxRetries: 0, configuration: { baseURL: `${ada.proxyUrl}/v1` } });
  assert.equal((await chat.invoke('Hello')).content, text);
  let chunks = '';
  for await (const chunk of await chat.stream('Hello')) chunks += chunk.content;
  assert.equal(chunks, text);
});

test('private proxy: a caller who goes away cancels the job, at the control plane and at the node', async () => {
  const gone = new AbortController();
  const asking = openai().chat.completions.create({ model: 'fake-silent', messages }, { signal: gone.signal });
  const asked = await until(() => upstream.requests.find((one) => one.model === 'fake-silent' && !one.closedAt), kPatienceMs, 'the node to begin');
  gone.abort();
  await assert.rejects(asking);
  await until(async () => (await ada.jobs())[0].status === 'cancelled', kPatienceMs, 'the job to be cancelled');
  await until(() => asked.closedAt, kPatienceMs, 'the node to stop');
  assert.equal((await ada.account()).reserved, 0n);
});

test('private send --stream: what the proxy streams', async () => {
  const stream = await openai().chat.completions.create({ model: 'fake-paced', messages, stream: true });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? '';
  const sent = await ada.run(['private', 'send', '--model', 'fake-paced', '--prompt', '--stream'], messages[0].content);
  assert.equal(sent.code, 0, sent.stderr);
  assert.equal(sent.stdout.trim(), text.trim());
  assert.ok(!sent.stderr.includes('was cut'), sent.stderr);
});

test('private proxy: a stream comes while the job is at work; who leaves in its middle stops the node and pays for what was made', async () => {
  const before = await ada.account();
  const gone = new AbortController();
  const stream = await openai().chat.completions.create({ model: 'fake-endless', messages, stream: true }, { signal: gone.signal });
  let chunks = 0;
  await assert.rejects(async () => {
    for await (const chunk of stream) {
      if (!chunk.choices[0]?.delta?.content || ++chunks !== 3) continue;
      assert.match((await ada.jobs())[0].status, /^(claimed|running)$/);
      gone.abort();
    }
    if (gone.signal.aborted) throw new Error('aborted');
  }, /abort/i);
  const job = async () => (await ada.jobs())[0];
  await until(async () => (await job()).billing_status === 'settled', kPatienceMs, 'the job to be settled');
  assert.equal((await job()).status, 'cancelled');
  await until(() => upstream.requests.filter((one) => one.model === 'fake-endless').every((one) => one.closedAt), kPatienceMs, 'the node to stop');
  const after = await ada.account();
  assert.ok(after.balance < before.balance && after.reserved === 0n, `${before.balance} ${after.balance}`);
});

test('private proxy: it stops when it is told to, and starts again with the same token, unshown', async () => {
  const { key } = ada;
  assert.deepEqual(await ada.stopProxy(), { code: 0, signal: null });
  await ada.startProxy();
  assert.equal(ada.key, key);
  assert.ok(!ada.said.includes(key));
  assert.equal((await openai().chat.completions.create({ model, messages })).object, 'chat.completion');
  await ada.stopProxy();
});

test('b3iq: nothing that is kept can be read by others, and no prompt is in it', async () => {
  for (const entry of fs.readdirSync(ada.home, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    assert.equal(fs.statSync(file).mode & 0o077, 0, file);
    if (entry.isFile()) assert.ok(!fs.readFileSync(file, 'utf8').includes('flows through Bern'), file);
  }
});
