// packaging/container/: the node under a container's conditions, emulated where no engine is at hand: read-only files but for the volume,
// another user, no capabilities, the engine's seccomp filter, process 1.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { defaultModel, repoRoot, request, until } from '../e2e/node.mjs';
import { isAlive } from '../e2e/processes.mjs';
import { Container, layOut, refusal } from './container.mjs';

const skip = await refusal() ?? false;
const containerfile = fs.readFileSync(path.join(repoRoot, 'packaging/container/Containerfile'), 'utf8');
const stopSignal = /^STOPSIGNAL (\S+)$/m.exec(containerfile)[1];
const [, ...healthWords] = JSON.parse(/^HEALTHCHECK .* CMD (\[.*\])$/m.exec(containerfile)[1]);

let container;
let secret;
before(async () => {
  if (skip) return;
  container = new Container(layOut());
  await container.start();
  const made = await container.exec('b3iq-host', 'keys', 'create', '--json', '--name', 'container');
  assert.equal(made.code, 0, made.stderr);
  secret = made.json.secret;
});
after(() => container?.close());

const chat = () => request(container.url, {
  method: 'POST', path: '/v1/chat/completions', headers: { authorization: `Bearer ${secret}` },
  body: { model: defaultModel, messages: [{ role: 'user', content: 'What is the capital of France?' }], max_tokens: 16, temperature: 0 },
});

const answers = () => until(async () => {
  const answer = await chat();
  assert.ok([200, 404, 503].includes(answer.status), answer.text);
  return answer.status === 200 && answer;
}, 120_000, 'an answer of the model in the container');

const statusOf = (process) => Object.fromEntries(
  fs.readFileSync(`/proc/${process.pid}/status`, 'utf8').trim().split('\n').map((line) => line.split(/:\s*/, 2)));

test('container: an empty volume becomes a node that answers, and nothing else can be written', { skip }, async () => {
  assert.match((await answers()).json.choices[0].message.content, /\S/);
  for (const place of ['/tmp', '/var/tmp', path.join(container.root, 'usr')]) {
    const written = await container.exec('touch', path.join(place, 'b3iq-written'));
    assert.notEqual(written.code, 0, `${place} is writable: the emulation proves nothing`);
    assert.match(written.stderr, /Read-only file system/);
  }
  const own = statusOf(container.process);
  assert.equal(own.NSpid.split(/\s+/).at(-1), '1');
  assert.equal(own.CapEff, '0000000000000000');
  assert.equal(own.Seccomp, '2');
});

test('container: the worker keeps the layers of its sandbox that an engine does not refuse', { skip }, async () => {
  await answers();
  assert.notEqual((await container.runAlone('unshare', '--user', 'true')).code, 0, 'the engine\'s filter refuses namespaces');
  const status = statusOf(container.worker());
  assert.equal(status.NoNewPrivs, '1');
  assert.equal(status.Seccomp, '2');
  assert.ok(Number(status.Seccomp_filters ?? 2) >= 2, 'the worker\'s own filter beside the engine\'s');
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) assert.equal(status[set], '0000000000000000', set);
  assert.ok(!status.Uid.split(/\s+/).includes('0') || process.getuid() !== 0, status.Uid);
  if (process.getuid() === 0) {
    const network = (pid) => fs.readlinkSync(`/proc/${pid}/ns/net`);
    assert.equal(network(container.worker().pid), network(container.process.pid), 'a network of its own was refused, as documented');
  }
});

test('container: the health check holds while the node serves, and not without one', { skip }, async () => {
  const healthy = await container.exec('b3iq-host', ...healthWords);
  assert.equal(healthy.code, 0, healthy.stderr);
  const alone = new Container(container.root, { B3IQ_HOME: path.join(container.volume, 'none') });
  assert.notEqual((await alone.runAlone('b3iq-host', ...healthWords)).code, 0);
});

test('container: the stop signal ends it with 0 and no process stays; the next one is the same node', { skip }, async () => {
  await answers();
  const worker = container.worker();
  const before = (await container.exec('b3iq-host', 'status', '--json')).json;
  assert.deepEqual(await container.stop(stopSignal), { code: 0, signal: null }, container.output);
  assert.ok(!isAlive(worker));
  await container.start();
  assert.doesNotMatch(container.output, /New node/);
  const again = (await container.exec('b3iq-host', 'status', '--json')).json;
  assert.equal(again.node_id, before.node_id);
  assert.ok(before.node_id, JSON.stringify(before));
  await answers();
});

test('container: without a volume it says so and ends', { skip }, async () => {
  const lost = new Container(container.root, { B3IQ_HOME: '/var/lib/b3iq-no-volume' });
  const ended = await lost.runAlone(path.join(container.root, 'usr/entrypoint'));
  assert.notEqual(ended.code, 0);
  assert.match(ended.stderr, /b3iq-no-volume/);
});
