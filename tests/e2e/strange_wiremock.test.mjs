// WireMock behind the node: its fault injections (resets, empty answers, rubbish) and its delays. Needs Java.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, request, until } from './node.mjs';
import { checkB3iq, checkError } from './shapes.mjs';
import { b3iqOf } from './verify_receipt.mjs';
import { completionChunks, streamedText } from './wire.mjs';

function wiremockJar() {
  try {
    const folder = path.join(path.dirname(createRequire(import.meta.url).resolve('wiremock/package.json')), 'build');
    return path.join(folder, fs.readdirSync(folder).find((name) => name.endsWith('.jar')));
  } catch {
    return undefined;
  }
}
const jar = wiremockJar();
const noJava = spawnSync('java', ['-version']).status !== 0 && 'WireMock needs Java, and there is none';
const skip = jar ? noJava : 'the npm package wiremock is not installed (npm ci)';

const messages = [{ role: 'user', content: 'Hi' }];
const usage = { prompt_tokens: 3, completion_tokens: 20, total_tokens: 23 };
const kWords = Array.from({ length: 20 }, (_, i) => `word${i} `);
const whole = JSON.stringify({
  id: 'x', object: 'chat.completion', created: 1, model: 'm', usage, choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: kWords.join('') } }],
});
const chunk = (choices, more = {}) => `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices, ...more })}\n\n`;
const streamed = [
  ...kWords.map((content, i) => chunk([{ index: 0, delta: { ...(i === 0 ? { role: 'assistant' } : {}), content }, finish_reason: null }])),
  chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]), chunk([], { usage }), 'data: [DONE]\n\n',
].join('');
const good = (stream) => ({ status: 200, headers: { 'content-type': stream ? 'text/event-stream' : 'application/json' }, body: stream ? streamed : whole });

// Each is a runtime of its own, so that none is left alone for what another did.
const kFaults = ['CONNECTION_RESET_BY_PEER', 'EMPTY_RESPONSE', 'MALFORMED_RESPONSE_CHUNK', 'RANDOM_DATA_THEN_CLOSE'];
const kDelays = {
  'a fixed delay': { fixedDelayMilliseconds: 700 },
  'a lognormal delay': { delayDistribution: { type: 'lognormal', median: 40, sigma: 0.6 } },
  'a uniform delay': { delayDistribution: { type: 'uniform', lower: 1, upper: 80 } },
  'a dribble': { chunkedDribbleDelay: { numberOfChunks: 97, totalDuration: 600 } },
};

let child;
let url;
let node;
let secret;
let root;

async function admin(method, target, body) {
  const answer = await request(url, { method, path: `/__admin${target}`, body });
  assert.ok([200, 201].includes(answer.status), `${target}: ${answer.status} ${answer.text}`);
  return answer.json;
}

// What `path` answers from now on, streamed and not.
async function script(name, answerOf) {
  for (const stream of [false, true]) {
    await admin('POST', '/mappings', {
      request: { method: 'POST', urlPath: `/${name}/v1/chat/completions`, bodyPatterns: [{ matchesJsonPath: `$[?(@.stream ${stream ? '==' : '!='} true)]` }] },
      response: answerOf(stream),
    });
  }
}

before(async () => {
  if (skip) return;
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-wiremock-'));
  child = spawn('java', ['-jar', jar, '--port', '0', '--bind-address', '127.0.0.1', '--root-dir', root, '--disable-gzip'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { output += text; });
  const port = await until(() => {
    if (child.exitCode !== null) assert.fail(`WireMock ended:\n${output}`);
    return /^port:\s+([0-9]+)/m.exec(output)?.[1];
  }, 120_000, 'WireMock');
  url = `http://127.0.0.1:${port}`;
  const names = [...kFaults, ...Object.keys(kDelays).map((name) => name.replaceAll(' ', '-'))];
  node = await Node.start({
    config: { runtimes: names.map((name) => ({ id: name.toLowerCase().replaceAll('_', '-'), kind: 'openai', base_url: `${url}/${name}/v1`, models: [name] })) },
  });
  ({ secret } = await node.key({ name: 'wiremock', scope: ['chat', 'models', 'receipts'] }));
});
after(async () => {
  await node?.close();
  if (child && child.exitCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  if (root) fs.rmSync(root, { recursive: true, force: true });
});

async function answers(model, stream) {
  const answer = await node.chat({ model, messages, stream }, secret);
  assert.equal(answer.status, 200, answer.text);
  checkB3iq(b3iqOf(answer.bytes));
  const words = stream ? streamedText(completionChunks(answer.text)) : answer.json.choices[0].message.content;
  assert.equal(words, kWords.join(''));
}

for (const fault of kFaults) {
  test(`wiremock: ${fault} is told in time by a stable code, nothing is acknowledged, and the next call is answered`, { skip }, async () => {
    await script(fault, () => ({ fault }));
    for (const stream of [false, true]) {
      const answer = await node.chat({ model: fault, messages, stream }, secret);
      if (stream && answer.status === 200) {  // its head came whole, what followed did not
        assert.match(answer.text, /"code":"runtime_failed"/);
        assert.doesNotMatch(answer.text, /\[DONE\]|receipt_hash/);
      } else {
        assert.ok(['runtime_failed', 'runtime_unreachable'].includes(answer.json?.error?.code), answer.text);
        checkError(answer, answer.json.error.code === 'runtime_failed' ? 502 : 503);
      }
    }
    await script(fault, good);
    for (const stream of [false, true]) await answers(fault, stream);
    const { data } = (await node.get('/v1/receipts?limit=100', secret)).json;
    assert.equal(data.filter(({ receipt }) => receipt.model_id === fault).length, 2, 'receipts of the answers alone');
  });
}

for (const [name, delay] of Object.entries(kDelays)) {
  test(`wiremock: ${name} delays the answer and changes nothing in it`, { skip }, async () => {
    const model = name.replaceAll(' ', '-');
    await script(model, (stream) => ({ ...good(stream), ...delay }));
    await Promise.all([false, true, false, true, false, true].map((stream) => answers(model, stream)));
  });
}
