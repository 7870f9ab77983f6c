// `./run network` by its script: what it prints is there, is kept over a stop, and nothing of it stays.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { hostBin, repoRoot, request, run, until } from './node.mjs';
import { everyProcess } from './processes.mjs';

const kStartMs = 180_000;
let home;

before(() => { home = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-network-')); });
after(async () => {
  await script('--stop');
  fs.rmSync(home, { recursive: true, force: true });
});

const script = (...words) => run(path.join(repoRoot, 'tools/network.sh'), [path.dirname(hostBin), ...words, '--home', home], { timeoutMs: kStartMs });
const onlineAt = async (url) => (await request(url, { path: '/v1/public/nodes' })).json.data.map((node) => node.node_id).sort();
const addressIn = (text, name) => new RegExp(`^${name}\\s+(http://127\\.0\\.0\\.1:\\d+)`, 'm').exec(text)?.[1];

test('run network: three nodes are online at the printed addresses; --stop ends all, and they come back as the same', { timeout: 2 * kStartMs }, async () => {
  const first = await script('--detach');
  assert.equal(first.code, 0, first.stdout + first.stderr);
  assert.match(first.stdout, new RegExp(`Stop them: \\./run network --stop --home ${home}`));
  const url = addressIn(first.stdout, 'Control plane');
  const ids = await onlineAt(url);
  assert.equal(ids.length, 3);
  for (const number of [1, 2, 3]) {
    assert.equal((await request(addressIn(first.stdout, `Node ${number}`), { path: '/health' })).status, 200);
  }

  assert.match(first.stdout, /a sealed request was answered: .*Paris/);
  const customer = Object.fromEntries([...first.stdout.matchAll(/\b(B3IQ_[A-Z_]+)=(\S+)/g)].filter(([, name]) => !/HOME$/.test(name) || name === 'B3IQ_CUSTOMER_HOME').map(([, name, value]) => [name, value]));
  const asked = await run(path.join(path.dirname(hostBin), 'b3iq'), ['private', 'send', '--prompt', '--model', 'b3iq-atlas-5m'], {
    env: customer, input: 'What is the capital of Japan?', timeoutMs: kStartMs,
  });
  assert.equal(asked.code, 0, asked.stderr);
  assert.match(asked.stdout, /Tokyo/);

  const again = await script('--detach');
  assert.match(again.stdout, /already running/);
  assert.equal(addressIn(again.stdout, 'Control plane'), url);

  const pids = ['control/run/control.json', ...[1, 2, 3].map((number) => `node-${number}/run/agent.json`)]
    .map((file) => JSON.parse(fs.readFileSync(path.join(home, file), 'utf8')).pid);
  const stopped = await script('--stop');
  assert.equal(stopped.code, 0, stopped.stderr);
  await until(() => !everyProcess().some(({ pid, state }) => pids.includes(pid) && state !== 'Z'), 10_000, 'the end of all four');
  assert.match((await script('--stop')).stdout, /Nothing of .* is running/);

  const later = await script('--detach');
  assert.equal(later.code, 0, later.stdout + later.stderr);
  assert.deepEqual(await onlineAt(addressIn(later.stdout, 'Control plane')), ids);
});

test('run network: an unknown word is refused, and nothing starts', async () => {
  const refused = await script('--forever');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /unknown option.*--forever/);
});
