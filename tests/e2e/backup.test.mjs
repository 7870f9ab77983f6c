// CASES G10-125: a backup taken while the node works, restored elsewhere, is consistent to one point; the identity is never cloned
// silently.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, hostBin, repoRoot, run, upstreamConfig } from './node.mjs';
import { Upstream } from './upstream.mjs';

const chat = { model: 'fake-instant', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 5 };
let upstream;
let node;
let folder;
let key;

before(async () => {
  upstream = await Upstream.start();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-backup-'));
  node = await Node.start({ config: upstreamConfig(upstream.url) });
  await node.ready('fake-instant');
  key = await node.key({ name: 'app', budgetTokens: 1_000_000_000 });
});
after(async () => {
  await node?.close();
  await upstream?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const at = (name) => path.join(folder, name);
const restore = (backup, home, ...more) => run(hostBin, ['restore', backup, '--home', home, '--json', ...more]);
const inHome = (home, ...args) => run(hostBin, [...args, '--home', home, '--json']);

test('G10-125 a backup under load holds every answer given before it, each with its use, and nothing by halves', async () => {
  let running = true;
  let answered = 0;
  const load = Promise.all(Array.from({ length: 8 }, async () => {
    while (running) {
      const answer = await node.chat(chat, key.secret);
      assert.equal(answer.status, 200, answer.text);
      answered += 1;
    }
  }));
  while (answered < 50) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = answered;
  const made = await node.cli(['backup', at('hot'), '--json']);
  const after = answered;
  running = false;
  await load;
  assert.equal(made.code, 0, made.stderr);
  assert.equal(made.json.has_identity, false);
  assert.deepEqual(fs.readdirSync(at('hot')).sort(), ['config.json', 'manifest.json', 'state.db']);
  for (const file of fs.readdirSync(at('hot'))) assert.equal(fs.statSync(at(`hot/${file}`)).mode & 0o777, 0o600, file);
  assert.equal(fs.statSync(at('hot')).mode & 0o777, 0o700);

  const done = await restore(at('hot'), at('new-home'));
  assert.equal(done.code, 0, done.stderr);
  const usage = (await inHome(at('new-home'), 'keys', 'usage')).json.data.find(({ account }) => account === key.id);
  assert.ok(usage.requests >= before && usage.requests <= after + 8, `${usage.requests} of ${before} to ${after}`);
  assert.equal(usage.prompt_tokens, usage.requests * 10);
  assert.equal(usage.completion_tokens, usage.requests * 5);
});

test('G10-125 restored without the identity it is a new node: other id, no receipts that it cannot sign, the same keys', async () => {
  const home = at('new-home');
  const status = (await inHome(home, 'status')).json;
  const original = (await node.cli(['status', '--json'])).json;
  assert.notEqual(status.node_id, original.node_id);
  assert.deepEqual((await inHome(home, 'receipts', 'list')).json.data, []);
  const acts = (await inHome(home, 'audit', 'list')).json.data;
  assert.deepEqual([acts[0].act, acts[0].subject], ['node.restored', original.node_id]);
  assert.equal((await inHome(home, 'audit', 'verify')).code, 0);
  const other = await Node.start({ home });
  try {
    await other.ready('fake-instant');
    assert.equal((await other.chat(chat, key.secret)).status, 200, 'a key of before works');
  } finally {
    await other.close();
  }
});

test('G10-125 the identity goes along only when it is asked for, twice', async () => {
  const original = (await node.cli(['status', '--json'])).json;
  const refused = await restore(at('hot'), at('h2'), '--with-identity');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /without the identity/);
  assert.ok(!fs.existsSync(at('h2')), 'nothing is left behind');
  assert.equal((await node.cli(['backup', at('whole'), '--with-identity', '--json'])).json.has_identity, true);
  assert.equal((await restore(at('whole'), at('h3'))).code, 0);
  assert.notEqual((await inHome(at('h3'), 'status')).json.node_id, original.node_id, 'without the word it stays a new node');
  assert.equal((await restore(at('whole'), at('h4'), '--with-identity')).code, 0);
  assert.equal((await inHome(at('h4'), 'status')).json.node_id, original.node_id);
  assert.ok((await inHome(at('h4'), 'receipts', 'list')).json.data.length > 0);
});

test('an install that was under way stays with the node that it was of', async () => {
  const home = at('with-job');
  assert.equal((await inHome(home, 'init')).code, 0);
  await inHome(home, 'models', 'install', path.join(repoRoot, 'models/b3iq-atlas-5m-q8_0.gguf'), '--name', 'mine');
  assert.deepEqual((await inHome(home, 'models', 'jobs')).json.data.map(({ state }) => state), ['queued']);
  assert.equal((await inHome(home, 'backup', at('with-job.backup'))).code, 0);
  assert.equal((await restore(at('with-job.backup'), at('without-job'))).code, 0);
  assert.deepEqual((await inHome(at('without-job'), 'models', 'jobs')).json.data, []);
});

test('a backup is refused where one is, and a restore where a node is', async () => {
  const again = await node.cli(['backup', at('hot')]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /exists already.*a new folder/);
  const over = await restore(at('hot'), node.home);
  assert.equal(over.code, 1);
  assert.match(over.stderr, /holds a node already/);
});

test('a backup that was changed or is not whole is refused, and nothing is restored', async () => {
  for (const [name, harm] of [
    ['changed', (dir) => fs.appendFileSync(path.join(dir, 'state.db'), 'x')],
    ['missing', (dir) => fs.rmSync(path.join(dir, 'config.json'))],
    ['no-manifest', (dir) => fs.rmSync(path.join(dir, 'manifest.json'))],
    ['foreign', (dir) => fs.writeFileSync(path.join(dir, 'manifest.json'), JSON.stringify({ type: 'b3iq-backup-v1', sha256: { '../../etc/passwd': '00' } }))],
  ]) {
    fs.cpSync(at('hot'), at(name), { recursive: true });
    harm(at(name));
    const result = await restore(at(name), at(`${name}-home`));
    assert.equal(result.code, 1, name);
    assert.match(result.stderr, /data_corrupt/, name);
    assert.ok(!fs.existsSync(at(`${name}-home/state.db`)), name);
  }
});
