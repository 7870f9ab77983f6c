// What the owner allows a model to be used for beyond the node, and who may change it; the roles of the routes for runtimes and calls.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser, openedSetup } from './browser.mjs';
import { Node, upstreamConfig } from './node.mjs';
import { operator } from './operator.mjs';
import { Upstream } from './upstream.mjs';

let upstream;
let node;
let api;
let owner;

before(async () => {
  upstream = await Upstream.start();
  node = await Node.start({ config: upstreamConfig(upstream.url) });
  await node.ready('fake-instant');
  api = operator(node);
  owner = await openedSetup(node);
  assert.equal((await owner.call('POST', 'owner', { name: 'ada', password: 'correct horse battery' })).status, 201);
});
after(async () => {
  await node?.close();
  await upstream?.close();
});

async function joined(name, role) {
  const invited = await owner.call('POST', 'users', { name, role });
  const browser = new Browser(node);
  await browser.call('POST', 'setup-session', { token: invited.json.invitation });
  assert.equal((await browser.call('POST', 'invitation', { password: `password of ${name}` })).status, 200);
  return browser;
}

async function profile(id) {
  const list = await api('GET', '/v1/model-profiles');
  assert.equal(list.status, 200, list.text);
  return list.json.data.find((one) => one.id === id);
}
const gates = ({ blockers }) => blockers.map(({ gate }) => gate);

test('nothing is allowed until the owner says so, and that alone opens no gate', async () => {
  const before = await profile('fake-instant');
  assert.deepEqual([before.network_eligible, before.paid_route_eligible], [false, false]);
  assert.deepEqual(gates(before), ['fresh_heartbeat', 'public_route_ready', 'protocol_ready', 'policy_ready']);
  const set = await owner.call('POST', 'model-posture', { model: 'fake-instant', network_eligible: true, paid_route_eligible: true });
  assert.equal(set.status, 200, set.text);
  assert.deepEqual(set.json, await profile('fake-instant'));
  assert.deepEqual([set.json.network_eligible, set.json.paid_route_eligible, set.json.route_tier, set.json.benchmark_verified], [true, true, 'unknown', false]);
  assert.deepEqual(gates(set.json), gates(before));
  assert.ok(set.json.blockers.every(({ detail }) => detail.length > 10));
  await node.stop();
  await node.serve();
  await node.ready('fake-instant');
  assert.equal((await profile('fake-instant')).network_eligible, true);
  assert.equal((await owner.call('POST', 'model-posture', { model: 'fake-instant', network_eligible: false, paid_route_eligible: false })).json.network_eligible, false);
  const acts = (await api('GET', '/setup/v1/audit?limit=50')).json.data.filter(({ act }) => act === 'model.posture_set');
  assert.deepEqual(acts.map(({ subject }) => subject), ['fake-instant', 'fake-instant']);
});

test('what is wrong is named', async () => {
  const refused = async (body, status, code) => {
    const answer = await owner.call('POST', 'model-posture', body);
    assert.deepEqual([answer.status, answer.json.error.code], [status, code], answer.text);
  };
  await refused({ model: 'nobody', network_eligible: true, paid_route_eligible: true }, 404, 'model_not_found');
  await refused({ network_eligible: true, paid_route_eligible: true }, 404, 'model_not_found');
  await refused({ model: 'fake-instant', network_eligible: true }, 400, 'invalid_request');
  await refused({ model: 'fake-instant', network_eligible: 'yes', paid_route_eligible: true }, 400, 'invalid_request');
});

test('G3-33 a viewer sees runtimes, live calls and profiles, and changes none of them; an operator does', async () => {
  const viewer = await joined('vera', 'viewer');
  const helper = await joined('otto', 'operator');
  const server = { kind: 'openai', base_url: 'http://127.0.0.1:9' };
  const acts = [['POST', 'runtimes', { id: 'x', ...server }], ['POST', 'runtimes/test', server], ['DELETE', 'runtimes/x'], ['DELETE', 'live/none'],
    ['POST', 'model-posture', { model: 'fake-instant', network_eligible: true, paid_route_eligible: false }]];
  for (const route of ['runtimes', 'live']) assert.equal((await viewer.call('GET', route)).status, 200);
  for (const [method, route, body] of acts) {
    const refused = await viewer.call(method, route, body);
    assert.deepEqual([refused.status, refused.json.error.code], [403, 'role_denied'], route);
    assert.notEqual((await helper.call(method, route, body)).status, 403, route);
  }
});
