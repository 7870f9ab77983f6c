// CASES G4 and G5 for the frames of streams, over real connections: what is signed for something else, by somebody else, for another control plane or a
// second time, frames of another node's job, behind a gap, behind the last one, of a job that nobody has or that has ended, too many, too large, or with
// more in them than a frame has, by nodes on paper at the real control plane, on SQLite and at two replicas on PostgreSQL. The customer's stream is what it
// was. What a customer's tool makes of a relay that lies is in private_stream_hostile.test.mjs.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LiveControl, noLimits } from './live_control.mjs';
import { request } from './node.mjs';
import { PaperNode } from './paper_node.mjs';
import { PostgresServer, noPostgres } from './postgres_server.mjs';
import { PrivateCustomer, answerOf, workingNode } from './private_customer.mjs';
import { eventsOf } from './tampering_relay.mjs';

const kMaxFrames = 1024;
const kMaxStreams = 16;
const kMaxBytes = 512 * 1024;
const kMaxCiphertext = 64 * 1024 + 16;

function frame(number, { last = 0, bytes = 24 } = {}) {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 7);
  nonce[11] = last;
  return { nonce: nonce.toString('base64url'), ciphertext: Buffer.alloc(bytes, 7).toString('base64url') };
}
const frames = (from, end, how) => Array.from({ length: end - from }, (_, i) => frame(from + i, how));
const batch = (job, list) => ({ streams: [{ job_id: job, frames: list }] });

function refused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.error.code, code, answer.text);
  return answer.json.error;
}
function took(answer, state, next) {
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json.streams.map((one) => [one.state, one.next_frame]), [[state, next]], answer.text);
}

function suite(name, { postgres, skip }) {
  describe(`frames on ${name}`, { skip }, () => {
    let server;
    let replicas = [];
    let ada;
    let node;
    let jobs = 0;
    let turn = 0;
    before(async () => {
      server = postgres ? await PostgresServer.start() : undefined;
      const first = await LiveControl.launch({ config: { ...noLimits, ...(server && { database: server.uri }) } });
      replicas = [first];
      if (server) replicas.push(await LiveControl.launch({ copyOf: first }));
      ada = await PrivateCustomer.create(first);
      node = await workingNode(first);
    });
    after(async () => {
      for (const one of replicas) await one.close();
      await server?.close();
    });

    // Each to the next replica.
    const bring = (body, how = {}, by = node) => by.bringFrames('', 0, 0, { body, url: replicas[turn++ % replicas.length].url, ...how });
    // A job that `by` has taken: {name, id, command}.
    async function begun(by = node) {
      const job = `stream-${jobs += 1}`;
      const queued = await ada.queue(by, job);
      assert.equal(queued.status, 202, queued.text);
      const { commands: [command] } = (await by.poll({ wait: 20 })).json;
      assert.equal(command.command_id, queued.json.command_id);
      return { name: job, id: command.arguments.job_id, command };
    }
    // Ends the job; then what each replica relays is exactly these frames.
    async function endsWith(job, list, by = node) {
      assert.equal((await by.bring(job.command, answerOf(by, job.command).result)).status, 200);
      await relays(job, list);
    }
    async function relays(job, list) {
      for (const replica of replicas) {
        const answer = await request(replica.url, { path: `/v1/private-inference/jobs/${job.name}/stream`,
          headers: { 'x-b3iq-customer-id': ada.id, 'x-b3iq-customer-token': ada.token } });
        assert.equal(answer.status, 200, answer.text);
        const events = eventsOf(answer.text);
        assert.equal(events.at(-1).event, 'end');
        assert.deepEqual(events.slice(0, -1).map((one) => [Number(one.id), JSON.parse(one.data)]), list.map((one, i) => [i, one]));
      }
    }

    test('G4-44 a signature for something else, by somebody else or for somewhere else brings no frame', async () => {
      const job = await begun();
      const body = batch(job.id, frames(0, 3));
      for (const tag of ['b3iq-result-v1', 'b3iq-heartbeat-v1', 'b3iq-poll-v1', 'b3iq-receipts-v1', 'b3iq-unheard-of-v1']) {
        refused(await bring(body, { tag }), 401, 'invalid_signature');
      }
      // Signed as frames, at a route of something else.
      refused(await node.heartbeat({ tag: 'b3iq-frames-v1' }), 401, 'invalid_signature');
      const stranger = await workingNode(replicas[0]);
      refused(await bring(body, { key: stranger.key }), 401, 'invalid_signature');
      refused(await bring(body, { key: stranger.key, keyId: stranger.id }), 403, 'not_enrolled');
      refused(await bring(body, { audience: node.controlPlaneId.replace(/.{6}$/, 'aaaaaa') }), 401, 'wrong_audience');
      refused(await bring(body, { created: Math.floor(Date.now() / 1000) - 600 }), 401, 'clock_skew');
      const unknown = new PaperNode(replicas[0].url);
      unknown.controlPlaneId = node.controlPlaneId;
      refused(await bring(body, {}, unknown), 403, 'not_enrolled');
      // Another body under a signature that holds, and none at all.
      const target = node.path('frames');
      const text = JSON.stringify(body);
      const sent = { method: 'POST', path: target, body: JSON.stringify(batch(job.id, frames(0, 4))), headers: node.signedHeaders('POST', target, text, 'b3iq-frames-v1') };
      assert.equal((await request(replicas[0].url, sent)).status, 401);
      assert.equal((await request(replicas[0].url, { method: 'POST', path: target, body: text })).status, 401);
      took(await bring(body), 'open', 3);
      await endsWith(job, frames(0, 3));
    });

    test('G4-43 a request with frames that is sent again, to any replica, is refused; frames that are brought again change nothing', async () => {
      const job = await begun();
      const first = await bring(batch(job.id, frames(0, 2)));
      took(first, 'open', 2);
      for (const replica of replicas) {
        const again = refused(await request(replica.url, first.sent), 409, 'request_replayed');
        assert.equal(again.last_sequence, node.sequence);
      }
      took(await bring(batch(job.id, frames(0, 2, { bytes: 40 }))), 'open', 2);
      took(await bring(batch(job.id, frames(1, 4))), 'open', 4);
      const sent = { ...first.sent, body: JSON.stringify(batch(job.id, frames(4, 6))) };
      sent.headers = node.signedHeaders('POST', sent.path, sent.body, 'b3iq-frames-v1');
      const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => request(replicas[i % replicas.length].url, sent)));
      assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, ...new Array(9).fill(409)]);
      await endsWith(job, frames(0, 6));
    });

    test('G9-110 frames of another node\'s job, of a job that nobody has or that is over are not taken', async () => {
      const job = await begun();
      const thief = await workingNode(replicas[0]);
      took(await bring(batch(job.id, frames(0, 2)), {}, thief), 'closed', 0);
      // In the other's path.
      refused(await bring(batch(job.id, frames(0, 2)), { path: node.path('frames') }, thief), 403, 'not_enrolled');
      took(await bring(batch('job_01ARZ3NDEKTSV4RRFFQ69G5FAV', frames(0, 2))), 'closed', 0);
      const waiting = `stream-${jobs += 1}`;
      assert.equal((await ada.queue(node, waiting)).status, 202);
      const { data } = (await ada.call('GET', 'private-inference/jobs?limit=1')).json;
      took(await bring(batch(data[0].server_job_id, frames(0, 2))), 'closed', 0);
      assert.equal((await ada.call('POST', `private-inference/jobs/${waiting}/cancel`)).status, 200);
      took(await bring(batch(job.id, frames(0, 2))), 'open', 2);
      await endsWith(job, frames(0, 2));
      took(await bring(batch(job.id, frames(2, 4))), 'closed', 0);
      await relays(job, frames(0, 2));
    });

    test('G5-69 frames behind a gap, out of order, of a job twice or behind the last one are not taken', async () => {
      const job = await begun();
      took(await bring(batch(job.id, frames(1, 3))), 'open', 0);
      took(await bring(batch(job.id, frames(0, 2))), 'open', 2);
      took(await bring(batch(job.id, frames(5, 7))), 'open', 2);
      took(await bring(batch(job.id, frames(3, 4))), 'open', 2);
      for (const list of [[frame(2), frame(4)], [frame(3), frame(2)], [frame(2), frame(2)], [frame(2, { last: 1 }), frame(3)], []]) {
        refused(await bring(batch(job.id, list)), 400, 'invalid_request');
      }
      refused(await bring({ streams: [...batch(job.id, [frame(2)]).streams, ...batch(job.id, [frame(3)]).streams] }), 400, 'invalid_request');
      took(await bring(batch(job.id, [frame(2), frame(3, { last: 1 })])), 'open', 4);
      await endsWith(job, [...frames(0, 3), frame(3, { last: 1 })]);
    });

    test('G5-66 too many, too large, or more than frames: refused, and not told back', async () => {
      const job = await begun();
      refused(await bring(batch(job.id, frames(0, kMaxFrames + 1, { bytes: 20 }))), 400, 'invalid_request');
      refused(await bring({ streams: Array.from({ length: kMaxStreams + 1 }, () => batch(job.id, [frame(0)]).streams[0]) }), 400, 'invalid_request');
      refused(await bring(batch(job.id, [frame(0, { bytes: kMaxCiphertext + 1 })])), 400, 'invalid_request');
      refused(await bring(batch(job.id, [frame(0, { bytes: 19 })])), 400, 'invalid_request');
      assert.equal((await bring(batch(job.id, frames(0, 8, { bytes: kMaxBytes / 8 })))).status, 413);
      const wide = Buffer.alloc(12);
      wide.writeUInt32BE(2 ** 20, 7);
      const odd = [{ ...frame(0), text: 'secret-word' }, { ...frame(0), ciphertext: 'secret-word' }, { nonce: frame(0).nonce }, { ...frame(0), nonce: wide.toString('base64url') },
        frame(0, { last: 2 }), 'secret-word', null];
      for (const one of odd) assert.ok(!refused(await bring(batch(job.id, [one])), 400, 'invalid_request').detail.includes('secret-word'));
      for (const body of [{ ...batch(job.id, [frame(0)]), prompt: 'secret-word' }, { streams: [{ ...batch(job.id, [frame(0)]).streams[0], 'secret-word': 1 }] },
        { streams: {} }, [], '{', { streams: [{ job_id: 'secret-word', frames: [frame(0)] }] }]) {
        const answer = await bring(body);
        assert.equal(answer.status, 400, answer.text);
        assert.ok(!answer.text.includes('secret-word'), answer.text);
      }
      const largest = frame(0, { bytes: kMaxCiphertext });
      took(await bring(batch(job.id, [largest])), 'open', 1);
      took(await bring(batch(job.id, frames(1, kMaxFrames + 1, { bytes: 20 }))), 'open', kMaxFrames + 1);
      await endsWith(job, [largest, ...frames(1, kMaxFrames + 1, { bytes: 20 })]);
    });
  });
}

suite('SQLite', { postgres: false });
suite('two replicas on PostgreSQL', { postgres: true, skip: noPostgres() });
