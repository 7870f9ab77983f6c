// Receipts at a real control plane, and its receipt log as somebody audits it who trusts nobody: `log_auditor.mjs` reads checkpoint and
// tiles over HTTP alone. What a node on paper brings, and lies about.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { idOfControlPlane, LogAuditor, logKeyOf } from './log_auditor.mjs';
import { LiveControl, noLimits } from './live_control.mjs';
import { request } from './node.mjs';
import { PaperNode, signatureHolds } from './paper_node.mjs';
import { receiptHash } from './verify_receipt.mjs';

const kMostInBatch = 100;
const kMarker = 'MARKER-receipt-log';

let control;
let auditor;

before(async () => {
  control = await LiveControl.launch({ config: noLimits });
  const node = await enrolled();
  auditor = new LogAuditor(control.url, await logKeyOf(control.url, node.controlPlaneId, signatureHolds, idOfControlPlane));
});
after(() => control?.close());

const enrolled = async () => new PaperNode(control.url).enroll(await control.token());
const ask = (path) => request(control.url, { path });
const hashes = (receipts) => receipts.map(receiptHash);
async function bring(node, receipts) {
  const answer = await node.submitReceipts(receipts);
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json.receipts.map((one) => one.receipt_hash), hashes(receipts));
  return answer.json.receipts;
}

test('what is answered as accepted is in the log, in its place, and the log only grows', async () => {
  const nodes = [await enrolled(), await enrolled(), await enrolled()];
  const expected = [];
  for (let round = 0; round < 3; ++round) {
    await Promise.all(nodes.map(async (node) => {
      const receipts = Array.from({ length: kMostInBatch }, () => node.receipt());
      for (const one of await bring(node, receipts)) {
        assert.deepEqual([one.outcome, one.status], ['accepted', 'evidence_only']);
        expected[one.log_index] = one.receipt_hash;
      }
    }));
    assert.deepEqual(await auditor.audit(), expected);
  }
  assert.equal(auditor.head.size, 9 * kMostInBatch);
  assert.ok(auditor.fetched.some(({ path }) => path === 'tile/1/000.p/3'), 'there were tiles of two levels');
  for (const { path, cacheControl, type } of auditor.fetched) {
    const isCheckpoint = path === 'checkpoint';
    assert.equal(cacheControl, isCheckpoint ? 'no-cache' : 'public, max-age=31536000, immutable');
    assert.equal(type, isCheckpoint ? 'text/plain; charset=utf-8' : 'application/octet-stream');
  }
});

test('an accepted receipt is shown to anybody, and its proof holds offline', async () => {
  const node = await enrolled();
  const receipt = node.receipt();
  const hash = receiptHash(receipt);
  const [{ log_index }] = await bring(node, [receipt]);
  const shown = await ask(`/v1/receipts/${hash}`);
  assert.equal(shown.status, 200, shown.text);
  const { received_at, ...rest } = shown.json;
  assert.deepEqual(rest, {
    receipt_hash: hash, node_id: node.id, job_id: receipt.job_id, node_class: 'unknown', model_id: 'paper-1b',
    signature_ed25519: receipt.signature_ed25519, status: 'evidence_only', batch_id: '', receipt,
  });
  assert.ok(Math.abs(Date.parse(received_at) - Date.now()) < 300_000);
  const proof = await ask(`/v1/receipts/${hash}/proof`);
  assert.equal(proof.status, 200, proof.text);
  const { index, size } = auditor.checkProof(proof.text, hash);
  assert.equal(index, log_index);
  assert.ok(size > index);
  assert.throws(() => auditor.checkProof(proof.text, receiptHash(node.receipt())), /leads to the root/);
  const again = await request(control.url, { path: `/v1/receipts/${hash}`, headers: { 'if-none-match': shown.headers.etag } });
  assert.equal(again.status, 304);
});

test('G4 receipts that were lied about are refused, each for itself, and leave nothing', async () => {
  const node = await enrolled();
  const other = await enrolled();
  const good = node.receipt();
  const forged = { ...node.receipt(), usage: { prompt_tokens: 7, completion_tokens: 6, total_tokens: 13 } };
  const cases = [
    [other.receipt(), 'receipt_rejected'],
    [forged, 'invalid_signature'],
    [node.receipt({ model_id: `/home/${kMarker}/model.gguf` }), 'receipt_rejected'],
    [node.receipt({ completed_at: '2999-01-01T00:00:00.000Z' }), 'receipt_rejected'],
    [node.receipt({ usage: { prompt_tokens: 1, completion_tokens: 1e12, total_tokens: 1 + 1e12 } }), 'receipt_rejected'],
    [node.sign({ ...node.receipt(), prompt: kMarker }), 'receipt_rejected'],
  ];
  const outcomes = await bring(node, [good, ...cases.map(([receipt]) => receipt)]);
  assert.equal(outcomes[0].outcome, 'accepted');
  for (const [at, [receipt, code]] of cases.entries()) {
    const one = outcomes[at + 1];
    assert.deepEqual([one.outcome, one.code], ['refused', code], JSON.stringify(one));
    assert.ok(one.detail.length > 0 && !one.detail.includes(kMarker), one.detail);
    assert.equal((await ask(`/v1/receipts/${receiptHash(receipt)}`)).status, 404);
  }
  const mismatch = { receipts: [{ receipt_hash: receiptHash(good), receipt: node.receipt() }] };
  const answer = await node.submitReceipts([], { body: mismatch });
  assert.equal(answer.json.receipts[0].code, 'receipt_hash_mismatch');
  const wrongTag = await node.submitReceipts([node.receipt()], { tag: 'b3iq-result-v1' });
  assert.equal(wrongTag.json.error.code, 'invalid_signature');
  const [repeat] = await bring(node, [good]);
  assert.deepEqual([repeat.outcome, repeat.log_index], ['already_there', outcomes[0].log_index]);
});

test('kill -9: what was acknowledged is provable, and the log goes on from what it promised', async () => {
  const node = await enrolled();
  const before = await auditor.audit();
  const acknowledged = [];
  for (let round = 0; round < 2; ++round) {
    const bringing = (async () => {
      for (;;) {
        const receipts = Array.from({ length: 10 }, () => node.receipt());
        const answer = await node.submitReceipts(receipts).catch(() => null);
        if (answer?.status !== 200) return;
        acknowledged.push(...hashes(receipts));
        if (acknowledged.length >= 200 * (round + 1)) await control.crash();
      }
    })();
    await bringing;
    await control.again();
    node.url = auditor.url = control.url;
    const found = await auditor.audit();
    assert.deepEqual(found.slice(0, before.length), before);
    assert.deepEqual(new Set([...acknowledged, ...found]), new Set(found));
    for (const hash of acknowledged.slice(-3)) auditor.checkProof((await ask(`/v1/receipts/${hash}/proof`)).text, hash);
  }
});
