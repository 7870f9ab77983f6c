// Every completion has a receipt that anybody with the caller's own bytes can check (verify_receipt.mjs does, alone).
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { b3iqOf, committedBytes, contentCommitment, nodeId, verifyReceipt } from './verify_receipt.mjs';
import { checkNativeError } from './shapes.mjs';
import { Node, defaultModel, until } from './node.mjs';
import { Upstream } from './upstream.mjs';

let node;
let upstream;
let secret;
let publicKey;
const question = [{ role: 'user', content: 'What is the capital of France? Grüße, 日本 😀' }];

before(async () => {
  upstream = await Upstream.start();
  node = await Node.start({
    config: (config) => ({ ...config, runtimes: [...config.runtimes, { id: 'up', kind: 'openai', base_url: upstream.url }] }),
  });
  await node.ready();
  await node.ready('fake-instant');
  ({ secret } = await node.key({ name: 'receipts', scope: ['chat', 'receipts'] }));
  publicKey = publicKeyOfSeed(fs.readFileSync(path.join(node.home, 'secrets/identity.key'), 'utf8').trim().split(' ')[1]);
});
after(async () => {
  await node?.close();
  await upstream?.close();
});

function publicKeyOfSeed(seed) {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(seed, 'base64url')]);
  const key = crypto.createPublicKey(crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  return key.export({ format: 'jwk' }).x;
}

test('receipt: status --json names the public key that receipts verify with', async () => {
  const status = await node.cli(['status', '--json']);
  assert.equal(status.code, 0, status.stderr);
  assert.equal(status.json.public_key_ed25519, publicKey);
  assert.equal(status.json.node_id, nodeId(Buffer.from(publicKey, 'base64url')));
});

async function receiptOf(hash) {
  const answer = await node.get(`/v1/receipts?receipt_hash=${hash}`, secret);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.data.length, 1);
  return answer.json.data[0];
}

for (const model of [defaultModel, 'fake-instant']) {
  for (const stream of [false, true]) {
    test(`receipt: ${model}, stream ${stream}: verifies from the caller's own bytes`, async () => {
      const request = Buffer.from(JSON.stringify({ model, messages: question, temperature: 0, max_tokens: 24, stream }));
      const answer = await node.chat(request, secret);
      assert.equal(answer.status, 200, answer.text);
      const { receipt_hash: hash } = b3iqOf(answer.bytes);
      const entry = await receiptOf(hash);
      assert.deepEqual(verifyReceipt({ entry, publicKey, request, response: answer.bytes }), []);
      const { receipt } = entry;
      assert.equal(receipt.model_id, model);
      assert.equal(receipt.dispatch_mode, 'local');
      assert.equal(receipt.privacy_class, 'none');
      assert.equal(receipt.usage.total_tokens, receipt.usage.prompt_tokens + receipt.usage.completion_tokens);
      if (!stream) assert.deepEqual(receipt.usage.completion_tokens, answer.json.usage.completion_tokens);
      assert.ok(Date.parse(receipt.started_at) <= Date.parse(receipt.completed_at));
      assert.match(receipt.completed_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      const text = JSON.stringify(receipt);
      assert.ok(!text.includes('capital') && !text.includes('Paris'), 'no prompt and no output in a receipt');
    });
  }
}

const kOtherApis = [
  ['/v1/messages', { max_tokens: 24, messages: question, temperature: 0, system: 'Be brief.' }],
  ['/api/chat', { messages: question, options: { temperature: 0, num_predict: 24 } }],
  ['/api/generate', { prompt: question[0].content, options: { temperature: 0, num_predict: 24 } }],
];
for (const [target, body] of kOtherApis) {
  for (const model of [defaultModel, 'fake-instant']) {
    for (const stream of [false, true]) {
      test(`receipt: ${target}, ${model}, stream ${stream}: verifies from the caller's own bytes`, async () => {
        const request = Buffer.from(JSON.stringify({ model, ...body, stream }, null, 1));
        const answer = await node.request({ method: 'POST', path: target, headers: { authorization: `Bearer ${secret}` }, body: request });
        assert.equal(answer.status, 200, answer.text);
        const { receipt_hash: hash } = b3iqOf(answer.bytes);
        assert.deepEqual(verifyReceipt({ entry: await receiptOf(hash), publicKey, request, response: answer.bytes }), []);
      });
    }
  }
}

test('receipt: one changed byte of request, answer, receipt or salt does not verify', async () => {
  const request = Buffer.from(JSON.stringify({ model: 'fake-instant', messages: question }));
  const answer = await node.chat(request, secret);
  const { receipt_hash: hash, receipt_salt: salt } = b3iqOf(answer.bytes);
  const entry = await receiptOf(hash);
  const flip = (bytes, at) => { const copy = Buffer.from(bytes); copy[at] ^= 1; return copy; };
  assert.ok(verifyReceipt({ entry, publicKey, request: flip(request, 40), response: answer.bytes }).length > 0);
  const at = answer.bytes.indexOf('Hello from');
  assert.ok(verifyReceipt({ entry, publicKey, request, response: flip(answer.bytes, at) }).length > 0);
  for (const member of ['model_id', 'job_id', 'completed_at', 'content_commitment', 'signature_ed25519']) {
    const value = entry.receipt[member];
    const other = value.at(-5) === 'A' ? 'B' : 'A';  // not in the last character: of a signature's only two bits count
    const changed = { ...entry, receipt: { ...entry.receipt, [member]: `${value.slice(0, -5)}${other}${value.slice(-4)}` } };
    assert.ok(verifyReceipt({ entry: changed, publicKey, request, response: answer.bytes }).length > 0, member);
  }
  const otherSalt = salt.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'));
  assert.notEqual(contentCommitment(otherSalt, request, committedBytes(answer.bytes)), entry.receipt.content_commitment);
});

test('receipt: a cancelled stream has a receipt too, with finish cancelled', async () => {
  const { default: http } = await import('node:http');
  await new Promise((resolve, reject) => {
    const req = http.request(`${node.url}/v1/chat/completions`, {
      method: 'POST', headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    }, (res) => res.once('data', () => { req.destroy(); resolve(); }));
    req.on('error', (error) => (req.destroyed ? resolve() : reject(error)));
    req.end(JSON.stringify({ model: 'fake-endless', messages: question, stream: true }));
  });
  const entry = await until(async () => {
    const page = await node.get('/v1/receipts?limit=5', secret);
    return page.json.data.find(({ receipt }) => receipt.model_id === 'fake-endless');
  }, 5_000, 'the receipt of the cancelled stream');
  assert.equal(entry.receipt.finish, 'cancelled');
  assert.deepEqual(verifyReceipt({ entry, publicKey }), []);
});

test('receipt: pages go back without gap or repeat', async () => {
  for (let i = 0; i < 7; i += 1) await node.chat({ model: 'fake-instant', messages: question }, secret);
  const seen = [];
  let before;
  for (;;) {
    const page = (await node.get(`/v1/receipts?limit=3${before ? `&before=${before}` : ''}`, secret)).json;
    assert.equal(page.object, 'list');
    seen.push(...page.data.map((entry) => entry.receipt_hash));
    if (!page.has_more) break;
    before = page.next_before;
  }
  assert.ok(seen.length >= 7);
  assert.equal(new Set(seen).size, seen.length);
});

test('receipt: a key sees its own receipts and no other key\'s', async () => {
  const other = await node.key({ name: 'other', scope: ['chat', 'receipts'] });
  const mine = b3iqOf((await node.chat({ model: 'fake-instant', messages: question }, secret)).bytes).receipt_hash;
  const page = await node.get('/v1/receipts', other.secret);
  assert.deepEqual(page.json.data, []);
  checkNativeError(await node.get(`/v1/receipts?receipt_hash=${mine}`, other.secret), 404, 'not_found');
});

test('receipt: bad queries are named', async () => {
  for (const query of ['limit=0', 'limit=101', 'limit=x', 'before=-1', 'what=1']) {
    checkNativeError(await node.get(`/v1/receipts?${query}`, secret), 400, 'invalid_request');
  }
  for (const query of ['receipt_hash=0x12', `receipt_hash=0x${'0'.repeat(64)}`, 'receipt_hash=%27']) {
    const answer = await node.get(`/v1/receipts?${query}`, secret);
    assert.ok([400, 404].includes(answer.status), `${query}: ${answer.status}`);
  }
});
