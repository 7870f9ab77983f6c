// b3iq-host runtimes test, add, remove: with a node that serves, and on the files of one that does not. Keys come from a file or from
// standard input, never from an argument.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node } from './node.mjs';
import { Upstream } from './upstream.mjs';

const kApiKey = 'sk-upstream-77aa';
let upstream;
let node;
let folder;
let keyFile;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-runtimes-cli-'));
  keyFile = path.join(folder, 'key');
  fs.writeFileSync(keyFile, `${kApiKey}\n`, { mode: 0o600 });
  upstream = await Upstream.start();
  upstream.apiKey = kApiKey;
  node = await Node.start({ config: { runtimes: [] } });
});
after(async () => {
  await node?.close();
  await upstream?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const where = () => ['--kind', 'openai', '--base-url', upstream.url];
const entries = () => JSON.parse(fs.readFileSync(path.join(node.home, 'config.json'), 'utf8')).runtimes;
const managed = () => path.join(node.home, 'secrets/runtime-lan.key');

// The whole life of a runtime, whether a node serves or not.
async function life({ serves }) {
  const tested = await node.cli(['runtimes', 'test', ...where(), '--api-key-file', keyFile]);
  assert.equal(tested.code, 0, tested.stderr);
  assert.match(tested.stdout, /can be used.*fake-instant/);
  const wrong = await node.cli(['runtimes', 'test', ...where(), '--api-key-stdin', '--json'], { input: 'sk-wrong\n' });
  assert.equal(wrong.code, 1);
  assert.equal(wrong.json.error.code, 'runtime_failed');
  assert.deepEqual(entries(), []);

  const added = await node.cli(['runtimes', 'add', 'lan', ...where(), '--api-key-stdin', '--max-concurrent', '2'], { input: `${kApiKey}\n` });
  assert.equal(added.code, 0, added.stderr);
  assert.match(added.stdout, serves ? /Added lan\. .*fake-instant/ : /Added lan\. .*No node serves/);
  assert.deepEqual(entries(), [{ id: 'lan', kind: 'openai', base_url: upstream.url, api_key_file: fs.realpathSync(managed()), max_concurrent: 2 }]);
  assert.equal(fs.readFileSync(managed(), 'utf8'), kApiKey);
  const again = await node.cli(['runtimes', 'add', 'lan', ...where()]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /conflict/);
  assert.equal(fs.readFileSync(managed(), 'utf8'), kApiKey, 'the refusal took nothing away');
}

async function end() {
  const removed = await node.cli(['runtimes', 'remove', 'lan']);
  assert.equal(removed.code, 0, removed.stderr);
  assert.match(removed.stdout, /Removed lan/);
  assert.deepEqual(entries(), []);
  assert.ok(!fs.existsSync(managed()));
  assert.match((await node.cli(['runtimes', 'remove', 'lan'])).stderr, /no runtime 'lan'.*not_found/s);
  const acts = (await node.cli(['audit', 'list', '--json'])).json.data.filter(({ act }) => act.startsWith('runtime.')).slice(0, 2);
  assert.deepEqual(acts.map(({ act, subject, actor }) => [act, subject, actor]), [['runtime.removed', 'lan', 'operator'], ['runtime.added', 'lan', 'operator']]);
}

test('with a node that serves, the runtime answers at once', async () => {
  await life({ serves: true });
  const { secret } = await node.key({ name: 'caller' });
  assert.equal((await node.chat({ model: 'fake-instant', messages: [{ role: 'user', content: 'Hi' }] }, secret)).status, 200);
  assert.match((await node.cli(['runtimes', 'list'])).stdout, /lan +openai +ready/);
  await end();
});

test('without one, it answers after the next start', async () => {
  await node.stop();
  await life({ serves: false });
  await node.serve();
  await node.ready('fake-instant');
  await node.stop();
  await end();
  await node.serve();
});

test('what is no command line is told so', async () => {
  for (const args of [['add', 'lan'], ['add', 'lan', '--kind', 'embedded', '--base-url', 'x'], ['add', 'lan', ...where(), '--profile', 'x'],
    ['add', 'lan', ...where(), '--max-concurrent', '-1'], ['remove'], ['remove', 'No Id'], ['test', '--kind', 'openai']]) {
    assert.equal((await node.cli(['runtimes', ...args])).code, 2, args.join(' '));
  }
  const open = path.join(folder, 'open');
  fs.writeFileSync(open, kApiKey, { mode: 0o644 });
  const refused = await node.cli(['runtimes', 'add', 'lan', ...where(), '--api-key-file', open]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /chmod 600/);
  assert.deepEqual(entries(), []);
});
