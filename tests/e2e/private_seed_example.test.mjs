// The documented example of a direct private job, fixtures/direct_private_job.mjs, as it is printed: a program of Node alone, told by its
// environment where to send what `b3iq private seal` made. At a real control plane with its default prices and a real node, whose built-in
// model answers by an alias. What it queues is done, opened, proved and paid.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import vm from 'node:vm';
import { apiSchema } from './api_schema.mjs';
import { CustomerTool } from './customer_tool.mjs';
import { LiveControl, enroll, linked, noLimits, quickBeats } from './live_control.mjs';
import { Node, defaultModel, repoRoot, run, until } from './node.mjs';
import { operator } from './operator.mjs';
import { PacketCapture } from './packet_capture.mjs';
import { receiptHash } from './verify_receipt.mjs';

const kExample = path.join(repoRoot, 'tests/e2e/fixtures/direct_private_job.mjs');
const kModel = 'llama3.1:8b';  // what the example asks for
const kMaxPrice = 100n;        // and what it would pay, in wei
const kCredit = 1000n;
const kJob = 'trip-planner_7';
const kPatienceMs = 120_000;
const kQueue = '/v1/private-inference/jobs';
const members = (value) => Object.keys(value).sort();

let control;
let node;
let ada;
let link;
before(async () => {
  control = await LiveControl.launch({ config: { ...noLimits, ...quickBeats } });
  node = await Node.start({ config: (config) => ({ ...config, models: { ...config.models, aliases: { [kModel]: [defaultModel] } } }) });
  await node.ready();
  await enroll(node, control, { allow: ['private_inference'] });
  await linked(node);
  const allowed = await operator(node)('POST', '/setup/v1/model-posture', { model: defaultModel, network_eligible: true, paid_route_eligible: true });
  assert.equal(allowed.status, 200, allowed.text);
  ada = await CustomerTool.create(control, String(kCredit));
  link = await PacketCapture.open(control.port);
});
after(async () => {
  await link?.close();
  await ada?.close();
  await node?.close();
  await control?.close();
});

const asAda = (target) => control.call('GET', target, { headers: { 'x-b3iq-customer-id': ada.id, 'x-b3iq-customer-token': ada.token } });

// What the example printed, and the status that it got: it prints no status, but the bytes went through `link`.
async function example() {
  const seen = link.bytes().length;
  const done = await run(process.execPath, [kExample], { cwd: ada.folder, timeoutMs: kPatienceMs, env: {
    B3IQ_GATEWAY_BASE_URL: link.url, B3IQ_CUSTOMER_ID: ada.id, B3IQ_PRIVATE_NODE_ID: node.id, B3IQ_CUSTOMER_TOKEN_FILE: ada.path('token'),
    B3IQ_ENCRYPTED_REQUEST_FILE: ada.path('envelope.json'), B3IQ_PRIVATE_JOB_ID: kJob,
  } });
  assert.equal(done.code, 0, done.stderr);
  const status = Number(/HTTP\/1\.1 ([0-9]{3}) /.exec(link.bytes().subarray(seen).toString('latin1'))[1]);
  // console.log writes objects as JavaScript.
  return { status, json: JSON.parse(JSON.stringify(vm.runInNewContext(`(${done.stdout})`))) };
}

test('the envelope is made by the customer\'s tool, to a key that the node signed', async () => {
  const binding = await until(async () => {
    const answer = await control.public(`nodes/${node.id}/transport-key`);
    return answer.status === 200 && answer;
  }, kPatienceMs, 'the node to be known');
  ada.write('binding.json', JSON.stringify(binding.json.transport_key));
  ada.write('request.json', JSON.stringify({ model: kModel, messages: [{ role: 'user', content: 'Plan a trip along the Aare.' }], max_tokens: 24 }));
  fs.mkdirSync(ada.path('keys'), { mode: 0o700 });
  const sealed = await ada.run(['private', 'seal', '--binding', ada.path('binding.json'), '--node', node.id, '--body', ada.path('request.json'), '--job', kJob,
    '--out', ada.path('envelope.json'), '--answer-key', ada.path('keys/trip')]);
  assert.equal(sealed.code, 0, sealed.stderr);
});

test('the example queues a job: 202, every member that is documented and no other, at most 100 wei', async () => {
  const { status, json } = await example();
  assert.equal(status, 202, JSON.stringify(json));
  assert.equal(apiSchema('customer').faultOf('POST', kQueue, 202, json), '');
  assert.deepEqual(members(json), ['billing', 'command_id', 'created_at', 'job_id', 'node_id', 'status']);
  assert.deepEqual(members(json.billing), ['customer_id', 'payout_price_wei', 'policy_version', 'quoted_price_wei', 'reserved_price_wei', 'status']);
  for (const [name, value] of Object.entries(json.billing)) assert.equal(typeof value, 'string', name);
  assert.deepEqual([json.status, json.job_id, json.node_id, json.billing.customer_id], ['queued', kJob, node.id, ada.id]);
  assert.equal(json.billing.status, 'reserved');
  assert.ok(Math.abs(Date.parse(json.created_at) - Date.now()) < kPatienceMs, json.created_at);
  const quoted = BigInt(json.billing.quoted_price_wei);
  assert.ok(quoted > 0n && quoted <= kMaxPrice, `${quoted} wei`);
  assert.equal(json.billing.reserved_price_wei, json.billing.quoted_price_wei);
});

test('its answer opens, its receipt verifies, its billing settles', async () => {
  const job = await until(async () => {
    const read = await asAda(`${kQueue}/${kJob}?wait_seconds=20`);
    assert.equal(read.status, 200, read.text);
    return !['queued', 'claimed', 'running', 'awaiting_receipt'].includes(read.json.status) && read.json;
  }, kPatienceMs, 'the end of the job');
  assert.deepEqual([job.status, job.billing.status], ['completed', 'settled'], JSON.stringify(job));
  ada.write('job.json', JSON.stringify(job));
  const opened = await ada.run(['private', 'open', '--answer-key', ada.path('keys/trip'), ada.path('job.json'), '--receipt', ada.path('receipt.json'), '--json']);
  assert.equal(opened.code, 0, opened.stderr);
  ada.write('opened.json', opened.stdout);
  assert.equal(opened.json.response.model, kModel);
  assert.match(opened.json.response.choices[0].message.content, /\S/);

  // The node's signature by a key that was bound then, and that it is about exactly this request and this answer.
  const checked = await ada.run(['verify', 'receipt', ada.path('receipt.json'), '--binding', ada.path('binding.json'), '--opened', ada.path('opened.json'),
    '--request', ada.path('request.json'), '--json']);
  assert.equal(checked.code, 0, checked.stderr + checked.stdout);
  assert.deepEqual([checked.json.content_checked, checked.json.node_id, checked.json.receipt_hash], [true, node.id, job.receipt_hash], checked.stdout);
  ada.write('other.json', fs.readFileSync(ada.path('request.json'), 'utf8').replace('Aare', 'Emme'));
  const other = await ada.run(['verify', 'receipt', ada.path('receipt.json'), '--binding', ada.path('binding.json'), '--opened', ada.path('opened.json'),
    '--request', ada.path('other.json'), '--json']);
  assert.notEqual(other.code, 0, 'a receipt of another request');
  const receipt = JSON.parse(fs.readFileSync(ada.path('receipt.json'), 'utf8'));
  assert.equal(receiptHash(receipt), job.receipt_hash);
  const shown = await control.call('GET', `/v1/receipts/${job.receipt_hash}`);
  assert.deepEqual([shown.status, shown.json.status, shown.json.receipt], [200, 'accepted', receipt]);

  const bill = await asAda(`/v1/billing/jobs/${kJob}`);
  assert.deepEqual([bill.json.status, bill.json.billing_status, bill.json.receipt_hash], ['completed', 'settled', job.receipt_hash], bill.text);
  const { balance, reserved } = await ada.account();
  assert.equal(reserved, 0n);
  assert.ok(balance < kCredit && balance >= kCredit - kMaxPrice, `${balance} wei are left`);
  const ledger = await control.asAdmin('GET', 'ledger/verification');
  assert.equal(JSON.parse(ledger.text.trim().split('\n').at(-1)).holds_true, true, ledger.text);
});

test('the example run once more is refused in words, and costs nothing', async () => {
  const before = await ada.account();
  const { status, json } = await example();
  assert.ok(status >= 400 && status < 500, `${status}`);
  assert.ok(['envelope_replayed', 'conflict'].includes(json.error.code), JSON.stringify(json));
  assert.deepEqual(await ada.account(), before);
});
