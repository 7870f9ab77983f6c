// Private jobs through the real control plane to a real node and back: sealed and opened by Node's own crypto, run by a runtime, paid by the
// receipt. What goes wrong on the way costs nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LiveControl, enroll, linked, noLimits, quickBeats } from './live_control.mjs';
import { Node, until, upstreamConfig } from './node.mjs';
import { operator } from './operator.mjs';
import { PrivateCustomer } from './private_customer.mjs';
import { sealRequest } from './private_envelope.mjs';
import { Upstream } from './upstream.mjs';
import { receiptHash } from './verify_receipt.mjs';

const kModel = 'llama3.1:8b';  // an alias
const kCredit = 10_000n;

let control;
let upstream;
let node;
let ada;
before(async () => {
  control = await LiveControl.launch({ config: { ...noLimits, ...quickBeats } });
  upstream = await Upstream.start();
  node = await Node.start({ config: (config) => {
    const { runtimes } = upstreamConfig(upstream.url);
    return { ...config, runtimes, models: { ...config.models, aliases: { [kModel]: ['fake-instant'], silent: ['fake-silent'] } } };
  } });
  await node.ready('fake-instant');
  await enroll(node, control, { allow: ['private_inference'] });
  await linked(node);
  const api = operator(node);
  for (const model of ['fake-instant', 'fake-silent']) {
    const allowed = await api('POST', '/setup/v1/model-posture', { model, network_eligible: true, paid_route_eligible: true });
    assert.equal(allowed.status, 200, allowed.text);
  }
  ada = await PrivateCustomer.create(control, String(kCredit));
});
after(async () => {
  await node?.close();
  await upstream?.close();
  await control?.close();
});

async function sealed(jobId, model, content) {
  const binding = await control.public(`nodes/${node.id}/transport-key`);
  assert.equal(binding.status, 200, binding.text);
  const request = { model, messages: [{ role: 'user', content }], max_tokens: 16 };
  return sealRequest(binding.json.transport_key, node.id, jobId, model, request);
}
async function queued(jobId, model = kModel, content = 'hello') {
  const one = await sealed(jobId, model, content);
  const answer = await ada.call('POST', 'private-inference/jobs', { job_id: jobId, node_id: node.id, model_id: model, max_price_wei: '100', encrypted_request: one.envelope });
  assert.equal(answer.status, 202, answer.text);
  return one;
}
const ended = (jobId) => until(async () => {
  const job = (await ada.job(jobId, '?wait_seconds=25')).json;
  return !['queued', 'claimed', 'running'].includes(job.status) && job;
}, 90_000, `the end of ${jobId}`);

test('a private job is run by a real node, opened by its customer and paid by its receipt', async () => {
  const one = await queued('trip-planner_7');
  const job = await ended('trip-planner_7');
  assert.equal(job.status, 'completed', JSON.stringify(job));
  assert.equal(job.billing.status, 'settled');
  const answer = one.open(job.encrypted_response);
  assert.equal(answer.status, 'completed');
  assert.ok(answer.response.choices[0].message.content.length > 0);
  assert.equal(receiptHash(answer.receipt), job.receipt_hash);
  const shown = await control.call('GET', `/v1/receipts/${job.receipt_hash}`);
  assert.deepEqual([shown.json.status, shown.json.receipt], ['accepted', answer.receipt]);
  const { balance, reserved } = await ada.account();
  assert.equal(reserved, 0n);
  assert.ok(balance < kCredit && balance >= kCredit - 100n, `${balance}`);
});

test('G5-66 what the node refuses inside of the envelope its customer reads, and pays nothing', async () => {
  const before = await ada.account();
  const one = await queued('wrong-inside', kModel, 7);
  const job = await ended('wrong-inside');
  assert.deepEqual([job.status, job.billing.status], ['failed', 'released'], JSON.stringify(job));
  assert.equal(one.open(job.encrypted_response).status, 'failed');
  assert.deepEqual(await ada.account(), before);
});

test('a model that its owner has not opened is refused, and costs nothing', async () => {
  const before = await ada.account();
  await queued('closed', 'fake-nousage');
  const job = await ended('closed');
  assert.deepEqual([job.status, job.billing.status], ['failed', 'released'], JSON.stringify(job));
  assert.deepEqual(await ada.account(), before);
});

test('G7-89 a node that is killed at work is not paid', async () => {
  const before = await ada.account();
  await queued('killed', 'silent');
  // At the runtime, not only claimed: what was not begun when the node died is given out again, and runs.
  await until(() => upstream.last('fake-silent'), 60_000, 'the node to be at it');
  await node.kill();
  await node.serve();
  await linked(node);
  const job = await ended('killed');
  assert.deepEqual([job.status, job.billing.status], ['failed', 'released'], JSON.stringify(job));
  assert.deepEqual(await ada.account(), before);
});
