// A real node's receipts at a real control plane: nothing leaves before the owner says so, what leaves has no word of the call in it, and
// what became of it is kept.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { enroll, linked, LiveControl, noLimits, quickBeats } from './live_control.mjs';
import { faultOf } from './local_schema.mjs';
import { idOfControlPlane, LogAuditor, logKeyOf } from './log_auditor.mjs';
import { Node, request } from './node.mjs';
import { signatureHolds } from './paper_node.mjs';
import { Upstream } from './upstream.mjs';
import { b3iqOf } from './verify_receipt.mjs';

const kMarker = 'MARKER-only-the-caller-knows';

let control;
let upstream;
let node;
let secret;

before(async () => {
  control = await LiveControl.launch({ config: { ...noLimits, ...quickBeats } });
  upstream = await Upstream.start();
  node = await Node.start({
    config: (config) => ({ ...config, runtimes: [{ id: 'up', kind: 'openai', base_url: upstream.url }] }),
  });
  await node.ready('fake-instant');
  ({ secret } = await node.key({ name: 'receipts', scope: ['chat', 'receipts'] }));
});
after(async () => {
  await node?.close();
  await upstream?.close();
  await control?.close();
});

async function call() {
  const answer = await node.chat({ model: 'fake-instant', messages: [{ role: 'user', content: kMarker }] }, secret);
  assert.equal(answer.status, 200, answer.text);
  return b3iqOf(answer.bytes);
}
const atControl = (hash) => request(control.url, { path: `/v1/receipts/${hash}` });
const receipts = (...words) => node.cli(['receipts', ...words, '--json']);

test('a node that is enrolled nowhere keeps its receipts', async () => {
  const { receipt_hash } = await call();
  const refused = await receipts('submit', receipt_hash);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr + refused.stdout, /enrolled at no control plane/);
  assert.notEqual((await receipts('submit')).code, 0, 'which ones has to be said');
});

test('nothing is submitted by itself; what is submitted is in the log, without a word of the call', async () => {
  const before = await call();
  await enroll(node, control);
  await linked(node);
  const silent = await call();
  const named = await call();
  const asked = await node.cli(['receipts', 'submit', named.receipt_hash]);
  assert.equal(asked.code, 0, asked.stderr);
  assert.match(asked.stdout, /accepted\s+evidence_only\s+0/);
  assert.equal((await atControl(silent.receipt_hash)).status, 404);

  const shown = await atControl(named.receipt_hash);
  assert.equal(shown.status, 200, shown.text);
  assert.equal(shown.json.status, 'evidence_only');
  for (const hidden of [kMarker, named.receipt_salt, secret, 'receipts"']) assert.ok(!shown.text.includes(hidden), hidden);
  assert.match(shown.json.receipt.content_commitment, /^[\w-]{43}$/);

  const all = await receipts('submit', '--all');
  assert.equal(all.code, 0, all.stderr);
  assert.equal(faultOf('POST', '/v1/receipts/submit', 200, all.json), '', all.stdout);
  assert.deepEqual(all.json.data.map(({ receipt_hash, outcome }) => [receipt_hash, outcome]), [[silent.receipt_hash, 'accepted']]);
  assert.equal((await atControl(before.receipt_hash)).status, 404, 'one from before the enrollment stays');

  const refused = await receipts('submit', before.receipt_hash);
  assert.equal(refused.json.data[0].code, 'receipt_rejected', refused.stdout);
  const again = await receipts('submit', named.receipt_hash);
  assert.deepEqual([again.json.data[0].outcome, again.json.data[0].log_index], ['already_there', 0]);
  assert.deepEqual((await receipts('submit', '--all')).json.data, []);

  const kept = await receipts('submissions');
  assert.equal(faultOf('GET', '/v1/receipts/submissions', 200, kept.json), '', kept.stdout);
  const outcomes = Object.fromEntries(kept.json.data.map((one) => [one.receipt_hash, one.outcome]));
  assert.deepEqual(outcomes, { [before.receipt_hash]: 'refused', [named.receipt_hash]: 'already_there', [silent.receipt_hash]: 'accepted' });

  const controlPlaneId = (await node.cli(['status', '--json'])).json.managed?.control_plane?.id ?? kept.json.data[0].control_plane_id;
  const key = await logKeyOf(control.url, controlPlaneId, signatureHolds, idOfControlPlane);
  assert.deepEqual(await new LogAuditor(control.url, key).audit(), [named.receipt_hash, silent.receipt_hash]);
});

test('while the control plane is away nothing is lost: the same command goes on later', async () => {
  const { receipt_hash } = await call();
  await control.crash();
  assert.notEqual((await receipts('submit', '--all')).code, 0);
  await control.again();
  await linked(node);
  const later = await receipts('submit', '--all');
  assert.equal(later.code, 0, later.stderr);
  assert.deepEqual(later.json.data.map((one) => one.receipt_hash), [receipt_hash]);
  assert.equal((await atControl(receipt_hash)).status, 200);
});
