// What the setup API really answers, against api/local.json: the pages' types are made of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { faultOf, localApi } from './local_schema.mjs';
import { Node, defaultModel, repoRoot, until } from './node.mjs';
import { claim } from './owner.mjs';

const kModel = `${repoRoot}/models/b3iq-atlas-5m-q8_0.gguf`;
let node;
let owner;
before(async () => {
  node = await Node.start();
  owner = await claim(node);
  await node.ready();
});
after(() => node?.close());

const reads = Object.entries(localApi.paths)
  .filter(([route, { get }]) => route.startsWith('/setup/v1/') && !route.includes('{') && get?.responses['200']?.content?.['application/json'])
  .map(([route]) => route);

async function told(method, route, body) {
  const answer = await owner.call(method, route, body);
  assert.ok(answer.status < 300, `${method} ${route}: ${answer.text}`);
  return answer.json;
}

// Something in every list.
async function liveALittle() {
  const { secret } = await node.key({ name: 'app' });
  const answer = await node.chat({ model: defaultModel, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 2 }, secret);
  assert.equal(answer.status, 200, answer.text);
  assert.equal((await node.chat({ model: 'none', messages: [] }, secret)).status >= 400, true);
  await told('POST', 'users', { name: 'eve', role: 'viewer' });
  await told('POST', 'support-grants', { note: 'a look', expires: '1h' });
  const backup = await told('POST', 'backups', { with_identity: false });
  assert.equal(faultOf('POST', '/setup/v1/backups', 202, backup), '');
  assert.equal(faultOf('GET', '/setup/v1/backups/{backup}', 200, await told('GET', `backups/${backup.id}`)), '');
  const { id } = await told('POST', 'model-jobs', { kind: 'install', path: kModel, name: 'mine' });
  await until(async () => ['done', 'failed'].includes((await told('GET', `model-jobs/${id}`)).state), 60_000, 'the install');
  assert.equal(faultOf('GET', '/setup/v1/model-jobs/{job}', 200, await told('GET', `model-jobs/${id}`)), '');
}

test('every answer of the setup API is as api/local.json says, with no member that it does not name', async () => {
  await liveALittle();
  assert.ok(reads.length > 20, `${reads.length} routes`);
  const faults = [];
  const empty = [];
  for (const route of reads) {
    const answer = await owner.call('GET', route.slice('/setup/v1/'.length));
    const fault = answer.status === 200 ? faultOf('GET', route, 200, answer.json) : `${answer.status} ${answer.text}`;
    if (fault) faults.push(`${route}: ${fault}`);
    if (answer.json?.data?.length === 0) empty.push(route);
  }
  assert.deepEqual(faults, []);
  assert.deepEqual(empty, ['/setup/v1/live', '/setup/v1/benchmarks'], 'lists of which nothing was seen');
});

test('the inventory is as api/local.json says; a member that is missing or not described is found', async () => {
  const route = '/setup/v1/inventory';
  const snapshot = await told('GET', 'inventory');
  assert.equal(faultOf('GET', route, 200, snapshot), '');
  assert.ok(snapshot.inventory.memory.total_bytes > 0);
  const { os, ...without } = snapshot.inventory;
  assert.match(faultOf('GET', route, 200, { ...snapshot, inventory: without }), /os/);
  assert.match(faultOf('GET', route, 200, { ...snapshot, inventory: { ...snapshot.inventory, os: { ...os, flavour: 'x' } } }), /flavour/);
  assert.match(faultOf('GET', route, 200, { ...snapshot, inventory: { ...snapshot.inventory, gpus: [{ name: 'H100' }] } }), /memory_total_bytes/);
});
