// Private jobs at the real control plane, from both sides: a customer with its two headers, and a node on paper. Then kill -9 under load, on SQLite
// and on PostgreSQL: whatever was acknowledged is there, and the money adds up to the wei.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LiveControl, noLimits } from './live_control.mjs';
import { until } from './node.mjs';
import { PostgresServer, noPostgres } from './postgres_server.mjs';
import { answerOf, envelopeFor, kPriceOfAJob, PrivateCustomer, workingNode } from './private_customer.mjs';
import { receiptHash } from './verify_receipt.mjs';

const kRounds = Number(process.env.B3IQ_E2E_KILLS ?? 4);
const kAnswersBeforeAKill = 150;

let control;
before(async () => { control = await LiveControl.launch({ config: noLimits }); });
after(() => control?.close());

const verified = async (of) => {
  const answer = await of.asAdmin('GET', 'ledger/verification');
  const verdict = JSON.parse(answer.text.trim().split('\n').at(-1));
  assert.equal(verdict.holds_true, true, answer.text);
  return verdict;
};
async function taken(node) {
  const polled = await node.poll({ wait: 5 });
  assert.equal(polled.status, 200, polled.text);
  assert.equal(polled.json.commands.length, 1, polled.text);
  return polled.json.commands[0];
}

test('a job is queued, taken, answered, paid and read while it is waited for', async () => {
  const node = await workingNode(control);
  const ada = await PrivateCustomer.create(control, '1000');
  const offered = await ada.call('GET', 'private-inference/candidates?model_id=paper-1b');
  assert.deepEqual(offered.json.data.map((one) => one.node_id), [node.id]);
  assert.equal(offered.json.data[0].transport_key.key_id, node.transportKeyId);
  const queued = await ada.queue(node, 'trip-planner_7', { max_price_wei: '100' });
  assert.equal(queued.status, 202, queued.text);
  assert.equal(queued.json.billing.status, 'reserved');
  const command = await taken(node);
  assert.equal(command.command_id, queued.json.command_id);
  assert.notEqual(command.arguments.job_id, 'trip-planner_7');
  const waiting = ada.job('trip-planner_7', '?wait_seconds=25');
  await until(async () => /b3iq_control_private_job_waits 1\b/.test(await control.metrics()), 20_000, 'the read to wait');
  const { receipt, result } = answerOf(node, command);
  assert.equal((await node.bring(command, result)).status, 200);
  const read = await waiting;
  assert.equal(read.status, 200, read.text);
  assert.equal(read.json.status, 'completed');
  assert.equal(read.json.billing.status, 'settled');
  assert.equal(read.json.receipt_hash, receiptHash(receipt));
  assert.deepEqual(read.json.encrypted_response, result.result.envelope);
  assert.deepEqual(await ada.account(), { balance: 1000n - kPriceOfAJob, reserved: 0n });
  const shown = await control.call('GET', `/v1/receipts/${receiptHash(receipt)}`);
  assert.equal(shown.json.status, 'accepted');
  // A second result, and a second node's word, change nothing.
  assert.equal((await node.bring(command, result)).status, 200);
  assert.equal((await node.bring(command, answerOf(node, command).result)).status, 409);
  await verified(control);
});

test('the largest sealed request and answer pass, and one byte more does not', async () => {
  const node = await workingNode(control);
  const ada = await PrivateCustomer.create(control, '1000');
  const kTag = 16;
  const large = await ada.queue(node, 'large', { encrypted_request: envelopeFor(node, 1024 * 1024 + kTag) });
  assert.equal(large.status, 202, large.text);
  const above = await ada.queue(node, 'above', { encrypted_request: envelopeFor(node, 1024 * 1024 + kTag + 1) });
  assert.equal(above.json.error.code, 'invalid_encrypted_request');
  const far = await ada.queue(node, 'far', { encrypted_request: envelopeFor(node, 1536 * 1024) });
  assert.equal(far.status, 413);
  const command = await taken(node);
  const tooLarge = await node.bring(command, answerOf(node, command, 4 * 1024 * 1024 + kTag + 1).result);
  assert.equal(tooLarge.json.error.code, 'invalid_request', tooLarge.text);
  const { result } = answerOf(node, command, 4 * 1024 * 1024 + kTag);
  assert.equal((await node.bring(command, result)).status, 200);
  assert.deepEqual((await ada.job('large')).json.encrypted_response, result.result.envelope);
});

test('a job is cancelled by its customer alone; its node is told to stop, and what it made is paid', async () => {
  const node = await workingNode(control);
  const ada = await PrivateCustomer.create(control, '1000');
  const eve = await PrivateCustomer.create(control, '1000');
  assert.equal((await ada.queue(node, 'mine')).status, 202);
  const command = await taken(node);
  for (const target of ['private-inference/jobs/mine', 'billing/jobs/mine']) {
    const hidden = await eve.call('GET', target);
    const missing = await eve.call('GET', `${target}x`);
    assert.equal(hidden.status, 404);
    assert.equal(hidden.json.error.detail, missing.json.error.detail);
  }
  assert.equal((await eve.call('POST', 'private-inference/jobs/mine/cancel')).status, 404);
  const held = [{ command_id: command.command_id, lease_token: command.lease_token, phase: 'running', done: 0, total: 0 }];
  const polling = node.poll({ wait: 20, max: 0, held });
  const stopping = (await ada.call('POST', 'private-inference/jobs/mine/cancel')).json;
  assert.equal(stopping.status, 'claimed');
  assert.equal(stopping.stopping, true);
  assert.deepEqual(await ada.account(), { balance: 1000n, reserved: 100n }, 'nothing is released yet');
  let told = await polling;
  if (told.json.leases[0].state === 'held') told = await node.poll({ max: 0, held });
  assert.equal(told.json.leases[0].state, 'cancelled', told.text);
  assert.equal((await node.bring(command, answerOf(node, command).result)).status, 200);
  assert.deepEqual(await ada.account(), { balance: 1000n - kPriceOfAJob, reserved: 0n });
  // One that no node has taken costs nothing.
  assert.equal((await ada.queue(node, 'waiting')).status, 202);
  assert.equal((await ada.call('POST', 'private-inference/jobs/waiting/cancel')).json.status, 'cancelled');
  assert.deepEqual(await ada.account(), { balance: 1000n - kPriceOfAJob, reserved: 0n });
});

test('operators see jobs without envelopes, recover and purge them on the command line', async () => {
  const node = await workingNode(control);
  const ada = await PrivateCustomer.create(control, '1000');
  assert.equal((await ada.queue(node, 'seen')).status, 202);
  const listed = await control.admin('jobs', 'list', '--customer', ada.id);
  assert.equal(listed.data.length, 1);
  assert.equal(listed.data[0].status, 'queued');
  const shown = await control.admin('jobs', 'show', listed.data[0].id);
  assert.equal(shown.client_job_id, 'seen');
  assert.ok(!JSON.stringify([listed, shown]).includes('ciphertext'));
  assert.deepEqual((await control.admin('jobs', 'recover', '--dry-run')).data, []);
  assert.deepEqual(await control.admin('jobs', 'purge', '--older-than', '1h'), { dry_run: false, jobs: 0, more: false });
  const refused = await control.cli(['admin', 'jobs', 'purge', '--older-than', '1m']);
  assert.notEqual(refused.code, 0);
});

// Queues, takes and answers jobs until the control plane is gone; what was acknowledged goes into `known`.
async function workUntilKilled(of, node, ada, known, round) {
  let answers = 0;
  const counted = async (asked) => {
    const answer = await asked.catch(() => null);
    if (!answer || answer.status >= 500) return null;
    if (answer.status < 300 && ++answers === kAnswersBeforeAKill) await of.crash();
    return answer;
  };
  const queuing = async (lane) => {
    for (let i = 0; ; ++i) {
      const name = `r${round}-${lane}-${i}`;
      const answer = await counted(ada.queue(node, name));
      if (!answer) return;
      if (answer.status === 202) known.queued.add(name);
    }
  };
  const working = async () => {
    let held = [];
    for (;;) {
      const polled = await counted(node.poll({ wait: 1, held }));
      if (!polled) return;
      held = [];
      if (polled.status !== 200) continue;
      for (const command of polled.json.commands) {
        const { receipt, result } = answerOf(node, command);
        const brought = await counted(node.bring(command, result));
        if (!brought) return;
        if (brought.status === 200) known.settled.set(command.arguments.client_job_id, receiptHash(receipt));
      }
    }
  };
  const cancelling = async () => {
    for (let i = 0; ; ++i) {
      const name = `r${round}-0-${i * 3}`;
      const answer = await counted(ada.call('POST', `private-inference/jobs/${name}/cancel`));
      if (!answer) return;
      if (answer.status === 200 && answer.json.status === 'cancelled') known.cancelled.add(name);
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
  };
  await Promise.all([queuing(0), queuing(1), working(), cancelling()]);
}

async function killLoop(config, kWei = 1_000_000n) {
  const of = await LiveControl.launch({ config: { ...noLimits, ...config } });
  try {
    const node = await workingNode(of);
    const ada = await PrivateCustomer.create(of, String(kWei));
    const known = { queued: new Set(), settled: new Map(), cancelled: new Set() };
    for (let round = 0; round < kRounds; ++round) {
      await workUntilKilled(of, node, ada, known, round);
      await of.again();
      node.url = of.url;
      assert.equal((await node.heartbeat()).status, 200);
      for (const name of known.queued) {
        const read = await ada.call('GET', `billing/jobs/${name}`);
        assert.equal(read.status, 200, `${name}: ${read.text}`);
        const state = `${read.json.status} ${read.json.billing_status}`;
        assert.ok(['queued reserved', 'claimed reserved', 'running reserved', 'completed settled', 'cancelled released'].includes(state), `${name} is ${state}`);
        if (known.settled.has(name)) assert.equal(state, 'completed settled', name);
        if (known.settled.has(name)) assert.equal(read.json.receipt_hash, known.settled.get(name));
        if (known.cancelled.has(name)) assert.equal(state, 'cancelled released', name);
      }
      for (const hash of known.settled.values()) assert.equal((await of.call('GET', `/v1/receipts/${hash}`)).status, 200, hash);
      const verdict = await verified(of);
      const { balance, reserved } = await ada.account();
      assert.equal(balance + BigInt(verdict.nodes_wei) + BigInt(verdict.fees_wei) + BigInt(verdict.rounding_wei), kWei);
      assert.ok(reserved <= balance);
    }
    assert.ok(known.queued.size > 0 && known.settled.size > 0, `${known.queued.size} queued, ${known.settled.size} settled`);
  } finally {
    await of.close();
  }
}

test('G7-83 kill -9 under load on SQLite: nothing acknowledged is lost, the money adds up', () => killLoop({}));

test('G7-83 kill -9 under load on PostgreSQL: the same', { skip: noPostgres() }, async () => {
  const server = await PostgresServer.start();
  try {
    await killLoop({ database: server.uri });
  } finally {
    await server.close();
  }
});
