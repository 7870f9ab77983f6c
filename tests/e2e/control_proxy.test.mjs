// The control plane behind a reverse proxy that `trusted_proxies` names: limits by address are those of the callers that the proxy names,
// nobody else is believed, and what nodes sign and wait for goes through it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ForwardingProxy } from './forwarding_proxy.mjs';
import { LiveControl, enroll, linked, noLimits, quickBeats } from './live_control.mjs';
import { Node, request, until } from './node.mjs';
import { PaperNode } from './paper_node.mjs';

const kProxy = '127.0.0.7';
const kStranger = '127.0.0.8';
// A bucket holds two, and has one more after half a minute: of this many in a row some are refused, however slow the machine.
const kPerMinute = 2;
const kInARow = 12;
const kOften = Array.from({ length: kInARow }, (_, i) => i);
let control;
let proxy;

before(async () => {
  const limits = { ...noLimits.limits, public_per_minute: kPerMinute, admin_failures_per_minute: kPerMinute, enrollment_per_minute: 6 };
  control = await LiveControl.launch({ config: { ...quickBeats, limits, trusted_proxies: [kProxy] } });
  proxy = await ForwardingProxy.open(control.url, kProxy);
});
after(async () => {
  await proxy?.close();
  await control?.close();
});

const network = { path: '/v1/public/network' };
const through = (localAddress, headers = {}) => request(proxy.url, { ...network, localAddress, headers });
const direct = (localAddress, headers = {}) => request(control.url, { ...network, localAddress, headers });
// A node on paper at that address behind the proxy.
const from = (localAddress) => Object.assign(new PaperNode(proxy.url), {
  exchange: (sent, url = proxy.url) => request(url, { ...sent, localAddress }),
});
// Asks often, one after the other; how often each status came.
async function statuses(ask) {
  const counts = {};
  for (const i of kOften) {
    const answer = await ask(i);
    counts[answer.status] = (counts[answer.status] ?? 0) + 1;
    if (answer.status === 429) assert.match(answer.headers['retry-after'], /^[1-9][0-9]*$/);
  }
  return counts;
}
const refusesSome = (counts) => {
  assert.deepEqual(Object.keys(counts), ['200', '429'], JSON.stringify(counts));
  assert.ok(counts[200] >= kPerMinute, JSON.stringify(counts));
};

test('through the proxy each client has a bucket of its own, and the proxy none', async () => {
  refusesSome(await statuses(() => through('127.0.1.1')));
  assert.equal((await through('127.0.1.2')).status, 200, 'the next client');
  assert.deepEqual(await statuses((i) => through(`127.0.2.${i + 1}`)), { 200: kInARow });
});

test('what a client itself writes into X-Forwarded-For is not believed: the address that the proxy saw counts', async () => {
  refusesSome(await statuses((i) => through('127.0.1.3', { 'x-forwarded-for': `198.51.100.${i + 1}` })));
  assert.equal((await through('127.0.1.4', { 'x-forwarded-for': '127.0.1.3' })).status, 200, 'nor is another client its victim');
});

test('X-Forwarded-For of a peer that is no trusted proxy is ignored', async () => {
  refusesSome(await statuses((i) => direct(kStranger, { 'x-forwarded-for': `203.0.113.${i + 1}` })));
  assert.deepEqual(await statuses((i) => direct(kProxy, { 'x-forwarded-for': `203.0.113.${i + 1}` })), { 200: kInARow });
});

test('a proxy before the proxy counts as a client, and one that is trusted, too, does not', async () => {
  refusesSome(await statuses((i) => direct(kProxy, { 'x-forwarded-for': `192.0.2.${i + 1}, 127.0.1.9` })));
  assert.deepEqual(await statuses((i) => direct(kProxy, { 'x-forwarded-for': `192.0.2.${i + 101}, ${kProxy}` })), { 200: kInARow });
});

test('wrong credentials lock out the client that sends them, not the others behind the proxy', async () => {
  const self = (localAddress, key) => request(proxy.url, { path: '/v1/admin/self', localAddress, headers: { authorization: `Bearer ${key}` } });
  const key = await control.credential('viewer');
  const wrong = await until(async () => {
    const answer = await self('127.0.1.5', `${key}x`);
    return answer.status !== 401 && answer;
  }, 60_000, 'a client that is stopped');
  assert.equal(wrong.status, 429, wrong.text);
  const good = await self('127.0.1.6', key);
  assert.deepEqual([good.status, good.json.role], [200, 'viewer']);
});

test('enrollment is limited by client, and a node enrolls, beats and waits for a command through the proxy', { timeout: 120_000 }, async () => {
  const token = await control.token();
  const noisy = await until(async () => {
    const answer = await from('127.0.1.7').challenge();
    return answer.status !== 403 && answer;
  }, 60_000, 'a client that asks too often');
  assert.equal(noisy.status, 429, noisy.text);
  const node = await from('127.0.1.8').enroll(token);
  assert.equal((await node.heartbeat()).status, 200);
  const before = proxy.forwarded;
  const poll = node.poll({ wait: 25 });
  await until(async () => /^b3iq_control_polls_waiting 1$/m.test(await control.metrics()), 20_000, 'the poll to wait');
  assert.equal(proxy.forwarded, before + 1, 'it waits behind the proxy');
  const { id } = await control.queue(node.id, 'refresh_inventory');
  const { status, json } = await poll;
  assert.deepEqual([status, json.commands.map((one) => one.command_id)], [200, [id]]);
  assert.equal((await node.bring(json.commands[0])).status, 200);
  assert.equal((await control.command(id)).state, 'succeeded');
});

test('a poll that nobody answers comes back through the proxy by itself, after the time that it asked for', async () => {
  const node = await from('127.0.1.10').enroll(await control.token());
  const began = Date.now();
  const poll = await node.poll({ wait: 2 });
  assert.deepEqual([poll.status, poll.json.commands], [200, []]);
  assert.ok(Date.now() - began >= 1_900, 'it waited');
});

test('a real node lives behind the proxy: enrolled, connected, commanded', { timeout: 180_000 }, async () => {
  const node = await Node.start();
  try {
    await enroll(node, control, { url: proxy.url });
    await linked(node);
    const { id } = await control.queue(node.id, 'refresh_inventory');
    assert.equal((await control.endOf(id)).state, 'succeeded');
  } finally {
    await node.close();
  }
});
