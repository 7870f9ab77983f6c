// CASES G7-87, -88 and -89 for answers that stream, with real programs on SQLite and on PostgreSQL: who leaves a stream just before its usage chunk pays for
// what was made, a node that dies in the middle of one is not paid, one that says it made more than was reserved is paid no more than that and flagged.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { linked } from './live_control.mjs';
import { until } from './node.mjs';
import { noPostgres } from './postgres_server.mjs';
import { PrivateBench } from './private_bench.mjs';
import { answerOf, envelopeFor, kPriceOfAJob, workingNode } from './private_customer.mjs';

const kPatienceMs = 120_000;
const kModel = 'billed-model';
const kSays = 'piece ';
const kPieces = 3;  // of a stream of the runtime
// A node counts a runtime's pieces where no usage came, and a token for each four bytes where that is more.
const kTokens = Math.max(kPieces, Math.ceil(kPieces * kSays.length / 4));
const kReserved = 100n;
const kBody = JSON.stringify({ model: kModel, stream: true, stream_options: { include_usage: true }, messages: [{ role: 'user', content: 'Hello' }] });

function suite(name, { postgres, skip }) {
  describe(`streams and their bills on ${name}`, { skip }, () => {
    let bench;
    before(async () => {
      bench = await PrivateBench.launch({ postgres, says: kSays, models: [kModel], runtimeId: 'up' });
      await bench.ada.startProxy();
    });
    after(() => bench?.close());

    // A stream through the proxy: {text} so far, its end, and how to leave it.
    async function ask() {
      const { ada } = bench;
      const gone = new AbortController();
      const headers = { authorization: `Bearer ${ada.key}`, 'content-type': 'application/json' };
      const answer = await fetch(`${ada.proxyUrl}/v1/chat/completions`, { method: 'POST', headers, body: kBody, signal: gone.signal });
      assert.equal(answer.status, 200);
      const come = { text: '', leave: () => gone.abort() };
      const reading = async () => { for await (const piece of answer.body) come.text += Buffer.from(piece).toString(); };
      come.ended = reading().catch((error) => error);
      return come;
    }
    const piecesIn = (text) => text.split(kSays).length - 1;
    const newest = async () => (await bench.ada.jobs())[0].job_id;
    const billed = async (job) => {
      const answer = await bench.asAda(`/v1/billing/jobs/${job}`);
      assert.equal(answer.status, 200, answer.text);
      return answer.json;
    };
    const settled = (job) => until(async () => {
      const bill = await billed(job);
      return bill.billing_status !== 'reserved' && bill;
    }, kPatienceMs, `${job} to be billed`);
    // What the job was debited, by the entries of the account.
    async function debitOf(job) {
      const { server_job_id: id } = (await bench.asAda('/v1/private-inference/jobs?limit=100')).json.data.find((one) => one.job_id === job);
      const { entries } = (await bench.asAda('/v1/billing/usage?limit=1000')).json;
      return entries.filter((one) => one.private_job_id === id && one.kind === 'debit').reduce((sum, one) => sum + BigInt(one.amount_wei), 0n);
    }
    async function ledgerHolds() {
      const verified = await bench.control.cli(['admin', 'ledger', 'verify']);
      assert.equal(verified.code, 0, verified.stderr);
    }

    test('G7_87 who leaves just before the usage chunk pays for what was made, as the node counted it', async () => {
      const { ada, runtime, control } = bench;
      const before = await ada.account();
      runtime.mode = 'usage';
      const come = await ask();
      await until(() => piecesIn(come.text) === kPieces && runtime.held.length === 1, kPatienceMs, 'the stream but its usage');
      assert.ok(!come.text.includes('"usage":{'), 'it has not come yet');
      const job = await newest();
      come.leave();
      const bill = await settled(job);
      assert.deepEqual([bill.status, bill.billing_status], ['cancelled', 'settled']);
      const { receipt } = (await control.call('GET', `/v1/receipts/${bill.receipt_hash}`)).json;
      assert.equal(receipt.finish, 'cancelled');
      assert.equal(receipt.usage.completion_tokens, kTokens, JSON.stringify(receipt));
      const after = await ada.account();
      const debit = await debitOf(job);
      assert.ok(debit > 0n && debit <= kReserved, `${debit}`);
      assert.deepEqual(after, { balance: before.balance - debit, reserved: 0n });
      await until(() => runtime.streams.every((one) => one.closed), kPatienceMs, 'the runtime to be told');
      runtime.release();
      await ledgerHolds();
    });

    test('G7_87 a client that is killed cancels nothing: the job goes on to its end and is paid', async () => {
      const { ada, runtime } = bench;
      const before = await ada.account();
      runtime.mode = 'usage';
      const come = await ask();
      await until(() => piecesIn(come.text) === kPieces && runtime.held.length === 1, kPatienceMs, 'the stream but its usage');
      const job = await newest();
      await ada.stopProxy('SIGKILL');
      await come.ended;
      assert.ok(!come.text.includes('[DONE]'), 'nobody takes it for whole');
      assert.equal((await billed(job)).billing_status, 'reserved');
      runtime.release();
      const bill = await settled(job);
      assert.deepEqual([bill.status, bill.billing_status], ['completed', 'settled']);
      const debit = await debitOf(job);
      assert.ok(debit > 0n && debit <= kReserved, `${debit}`);
      assert.deepEqual(await ada.account(), { balance: before.balance - debit, reserved: 0n });
      await ada.startProxy();
      await ledgerHolds();
    });

    test('G7_89 a node that dies in the middle of a stream is not paid, and its pieces are not shown as an answer', async () => {
      const { ada, runtime, node } = bench;
      const before = await ada.account();
      runtime.mode = 'middle';
      const come = await ask();
      await until(() => piecesIn(come.text) === 1 && runtime.held.length === 1, kPatienceMs, 'the first piece');
      const job = await newest();
      await node.kill();
      await node.serve();
      await linked(node);
      const bill = await settled(job);
      assert.deepEqual([bill.status, bill.billing_status], ['failed', 'released']);
      await come.ended;
      assert.match(come.text, /"error"/);
      assert.ok(!come.text.includes('[DONE]') && !come.text.includes('"finish_reason":"stop"'), come.text);
      assert.deepEqual(await ada.account(), before);
      runtime.release();
      await ledgerHolds();
    });

    test('G7_85 G7_88 a node that says it made more than was reserved is paid what was reserved, and flagged', async () => {
      const { ada, control } = bench;
      const before = await ada.account();
      const paper = await workingNode(control);
      for (const [job, usage, debit, capped] of [['dear', { prompt_tokens: 90_000_000, completion_tokens: 90_000_000, total_tokens: 180_000_000 }, kReserved, true],
        ['usual', { prompt_tokens: 100, completion_tokens: 200, total_tokens: 300 }, kPriceOfAJob, false]]) {
        const body = { job_id: job, node_id: paper.id, model_id: 'paper-1b', encrypted_request: envelopeFor(paper) };
        assert.equal((await bench.asAda('/v1/private-inference/jobs', { method: 'POST', body })).status, 202);
        const { commands: [command] } = (await paper.poll({ wait: 20 })).json;
        const { job_id: id, policy_version, privacy_class } = command.arguments;
        assert.equal((await paper.bringFrames(id, 0, 2)).status, 200);
        const receipt = paper.receipt({ job_id: id, policy_version, privacy_class, dispatch_mode: 'private_job', usage });
        const { envelope } = answerOf(paper, command).result.result;
        const brought = await paper.bring(command, paper.result(command, { envelope, receipt }));
        assert.equal(brought.status, 200, brought.text);
        assert.equal((await billed(job)).billing_status, 'settled');
        assert.equal(await debitOf(job), debit);
        assert.equal((await control.admin('jobs', 'show', id)).price_capped ?? false, capped);
      }
      assert.deepEqual(await ada.account(), { balance: before.balance - kReserved - kPriceOfAJob, reserved: 0n });
      await ledgerHolds();
    });
  });
}

suite('SQLite', { postgres: false });
suite('PostgreSQL', { postgres: true, skip: noPostgres() });
