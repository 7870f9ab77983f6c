// A customer of a real control plane, and what it sends: envelopes in the right form, with nothing sealed in them, because the control plane
// cannot see the difference. And a paper node that does private jobs.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { PaperNode } from './paper_node.mjs';

const kUsage = { prompt_tokens: 100, completion_tokens: 200, total_tokens: 300 };
// 100 and 200 tokens at the built-in 10 and 30 wei for 1,000, rounded up.
export const kPriceOfAJob = 7n;

const freshKey = () => crypto.generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }).x;

export function envelopeFor(node, bytes = 64) {
  return {
    version: 'b3iq-private-transport-v1', key_id: node.transportKeyId, algorithm: 'x25519-hkdf-sha256-chacha20poly1305',
    client_public_key_x25519: freshKey(), nonce: crypto.randomBytes(12).toString('base64url'), ciphertext: crypto.randomBytes(bytes).toString('base64url'),
  };
}

export class PrivateCustomer {
  static async create(control, wei = '1000000') {
    const customer = new PrivateCustomer();
    customer.control = control;
    customer.id = (await control.ask('POST', 'customers', { name: 'Ada' })).customer_id;
    customer.token = (await control.ask('POST', `customers/${customer.id}/tokens`, {})).secret;
    await control.ask('POST', `customers/${customer.id}/credits`, { amount_wei: wei, reference: 'first' });
    return customer;
  }
  call(method, target, body, headers = {}) {
    return this.control.call(method, `/v1/${target}`, {
      body, headers: { 'x-b3iq-customer-id': this.id, 'x-b3iq-customer-token': this.token, ...headers },
    });
  }
  body(node, jobId, more = {}) {
    return { job_id: jobId, node_id: node.id, model_id: 'paper-1b', encrypted_request: envelopeFor(node), ...more };
  }
  queue(node, jobId, more = {}, headers = {}) {
    return this.call('POST', 'private-inference/jobs', this.body(node, jobId, more), headers);
  }
  job(jobId, query = '') {
    return this.call('GET', `private-inference/jobs/${jobId}${query}`);
  }
  async account() {
    const answer = await this.call('GET', 'billing/account');
    assert.equal(answer.status, 200, answer.text);
    return { balance: BigInt(answer.json.balance_wei), reserved: BigInt(answer.json.reserved_wei) };
  }
}

// A paper node that is enrolled and lives.
export async function workingNode(control) {
  const node = await new PaperNode(control.url).enroll(await control.token());
  assert.equal((await node.heartbeat()).status, 200);
  assert.equal((await node.putInventory()).status, 200);
  return node;
}

// What the node has to say of a command that it took, with a receipt that counts.
export function answerOf(node, command, bytes = 96) {
  const { envelope, job_id, policy_version, privacy_class } = command.arguments;
  const receipt = node.receipt({ job_id, policy_version, privacy_class, dispatch_mode: 'private_job', usage: kUsage });
  const outcome = { envelope: { ...envelope, nonce: crypto.randomBytes(12).toString('base64url'), ciphertext: crypto.randomBytes(bytes).toString('base64url') }, receipt };
  return { receipt, result: node.result(command, outcome) };
}
