// CASES G4 and G9 at a real control plane, by nodes on paper: what is signed for something else, for somewhere else, twice, too late
// or by somebody else is refused, and has no effect. Faults of the program itself are in control_faults.test.mjs.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { LiveControl, noLimits } from './live_control.mjs';
import { request } from './node.mjs';
import { PaperNode, signatureHolds } from './paper_node.mjs';
import { canonical, nodeId } from './verify_receipt.mjs';

const kGroupOrder = 2n ** 252n + 27742317777372353535851937790883648493n;  // of Ed25519
const kIdentityPoint = Buffer.from([1, ...new Array(31).fill(0)]);

let control;

before(async () => { control = await LiveControl.launch({ config: noLimits }); });
after(() => control?.close());

const enrolled = async (spec) => new PaperNode(control.url).enroll(await control.token(spec));
const stateOf = (node) => control.ask('GET', `nodes/${node.id}`);

function refused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.error.code, code, answer.text);
  return answer.json.error;
}
// Runs `attack`, and then asks whether the node is as it was.
async function withoutEffect(node, attack) {
  const before = await stateOf(node);
  await attack();
  assert.deepEqual({ ...await stateOf(node), liveness: before.liveness }, before);
}

test('G4-43 a heartbeat that was seen, or is older than one that was, has one effect: the first', async () => {
  const node = await enrolled();
  const first = await node.heartbeat();
  assert.equal(first.status, 200, first.text);
  await withoutEffect(node, async () => {
    const again = refused(await request(control.url, first.sent), 409, 'request_replayed');
    assert.equal(again.last_sequence, node.sequence);
    const old = refused(await node.heartbeat({ sequence: node.sequence - 1 }), 409, 'request_replayed');
    assert.equal(old.last_sequence, node.sequence);
  });
  const next = await node.heartbeat();
  assert.equal(next.status, 200, next.text);
});

test('G4-43 one signed heartbeat sent twenty times at once has one effect', async () => {
  const node = await enrolled();
  const sent = { ...(await node.heartbeat({ url: control.url })).sent };
  sent.headers = node.signedHeaders('POST', sent.path, sent.body, 'b3iq-heartbeat-v1');
  const answers = await Promise.all(Array.from({ length: 20 }, () => request(control.url, sent)));
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, ...new Array(19).fill(409)]);
});

test('G4-44 a signature for one purpose is refused at every route of another', async () => {
  const node = await enrolled();
  const command = await control.queue(node.id, 'refresh_inventory');
  const { commands: [leased] } = (await node.poll()).json;
  assert.equal(leased.command_id, command.id);
  await withoutEffect(node, async () => {
    refused(await node.bring(leased, undefined, { tag: 'b3iq-heartbeat-v1' }), 401, 'invalid_signature');
    refused(await node.heartbeat({ tag: 'b3iq-result-v1' }), 401, 'invalid_signature');
    refused(await node.heartbeat({ tag: 'b3iq-poll-v1' }), 401, 'invalid_signature');
    refused(await node.heartbeat({ tag: 'b3iq-receipts-v1' }), 401, 'invalid_signature');
    refused(await node.heartbeat({ tag: 'b3iq-unheard-of-v1' }), 401, 'invalid_signature');
    // A whole heartbeat, as it was signed, at the other routes.
    const body = node.heartbeatBody();
    for (const [method, rest] of [['PUT', 'inventory'], ['POST', 'commands/poll'], ['POST', 'unenroll'], ['POST', `commands/${command.id}/result`]])
      refused(await node.send(method, node.path(rest), body, 'b3iq-heartbeat-v1'), 401, 'invalid_signature');
    refused(await node.send('POST', '/v1/nodes/enrollment', body, 'b3iq-heartbeat-v1'), 401, 'invalid_signature');
  });
  assert.equal((await control.command(command.id)).state, 'leased');
  // The lasting documents are told apart by their type: a statement is no result.
  const statement = node.sign({ ...node.result(leased), signature_ed25519: undefined, type: 'b3iq-enrollment-v1' });
  assert.equal((await node.bring(leased, statement)).status, 400);
  assert.equal((await node.bring(leased)).json.state, 'succeeded');
});

test('G4-45 what is signed for another control plane is refused', async () => {
  const node = await enrolled();
  const other = node.controlPlaneId.replace(/.{6}$/, 'aaaaaa');
  await withoutEffect(node, async () => refused(await node.heartbeat({ audience: other }), 401, 'wrong_audience'));
  await control.queue(node.id, 'refresh_inventory');
  const { commands: [leased] } = (await node.poll()).json;
  const { signature_ed25519: none, ...result } = node.result(leased);
  refused(await node.bring(leased, node.sign({ ...result, control_plane_id: other })), 401, 'wrong_audience');
  const challenge = (await new PaperNode(control.url).challenge(await control.token())).json;
  assert.ok(signatureHolds(challenge, challenge.public_key_ed25519));
});

test('G4-46 a clock that is off by 2 min is taken, one by 10 min is told the skew and the time, and then taken', async () => {
  const node = await enrolled();
  const now = () => Math.floor(Date.now() / 1000);
  for (const off of [-120, 120]) assert.equal((await node.heartbeat({ created: now() + off })).status, 200);
  for (const off of [-600, 600]) {
    let error;
    await withoutEffect(node, async () => { error = refused(await node.heartbeat({ created: now() + off }), 401, 'clock_skew'); });
    assert.ok(Math.abs(error.skew_seconds - off) <= 10, `${error.skew_seconds} s told of ${off} s`);
    assert.ok(Math.abs(Date.parse(error.server_time) - Date.now()) < 10_000, error.server_time);
    assert.equal((await node.heartbeat({ created: now() + off - error.skew_seconds })).status, 200);
  }
  // The skew is told to whoever can sign, to nobody else.
  const stranger = new PaperNode(control.url);
  const forged = refused(await node.heartbeat({ created: now() + 600, key: stranger.key }), 401, 'invalid_signature');
  assert.equal(forged.skew_seconds, undefined);
});

test('G4-47 a challenge is answered once, and by the key it was made for', async () => {
  const token = await control.token();
  const node = new PaperNode(control.url);
  const challenge = (await node.challenge(token)).json;
  const thief = new PaperNode(control.url);
  refused(await thief.answer(challenge), 401, 'invalid_signature');
  const otherNonce = { ...challenge, nonce: crypto.randomBytes(32).toString('base64url') };
  refused(await node.answer(otherNonce), 401, 'invalid_signature');
  const statement = node.statement(challenge);
  assert.equal((await node.answer(challenge, statement)).status, 200);
  // The answer was lost: the same statement is answered alike. Another one to the same challenge is not.
  const repeat = await node.answer(challenge, statement);
  assert.equal(repeat.status, 200, repeat.text);
  refused(await node.answer(challenge), 409, 'enrollment_challenge_expired');
  const enrollments = (await control.audit()).filter((entry) => entry.subject === node.id);
  assert.deepEqual(enrollments.map((entry) => entry.act).filter((act) => act === 'node.enrolled'), ['node.enrolled']);
});

test('G4-47 two answers to one challenge at once: one enrollment', async () => {
  const node = new PaperNode(control.url);
  const challenge = (await node.challenge(await control.token())).json;
  const answers = await Promise.all(Array.from({ length: 6 }, () => node.answer(challenge)));
  assert.equal(answers.filter((answer) => answer.status === 200).length, 1, answers.map((answer) => answer.text).join('\n'));
  assert.equal((await control.audit()).filter((entry) => entry.subject === node.id && entry.act.startsWith('node.enrolled')).length, 1);
});

// Raises S of a signature by the order of the group: the same point equation, another signature.
function malleable(header) {
  const bytes = Buffer.from(/^b3iq=:(.+):$/.exec(header)[1], 'base64');
  const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`) + kGroupOrder;
  Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse().copy(bytes, 32);
  return `b3iq=:${bytes.toString('base64')}:`;
}

test('G4-48 S above the group order, a flipped bit and a key of small order are refused', async () => {
  const node = await enrolled();
  const body = JSON.stringify(node.heartbeatBody());
  const target = node.path('heartbeats');
  const headers = node.signedHeaders('POST', target, body, 'b3iq-heartbeat-v1');
  const send = (signature) => request(control.url, { method: 'POST', path: target, body, headers: { ...headers, signature } });
  await withoutEffect(node, async () => {
    refused(await send(malleable(headers.signature)), 401, 'invalid_signature');
    refused(await send(headers.signature.replace(/^b3iq=:(.)/, (_, first) => `b3iq=:${first === 'A' ? 'B' : 'A'}`)), 401, 'invalid_signature');
    refused(await send('b3iq=:AAAA:'), 401, 'invalid_signature');
  });
  assert.equal((await send(headers.signature)).status, 200, 'the signature itself is good, and its number was not used up');
  // With the identity as the key, R = identity and S = 0 fit every message for who does not look.
  const weak = new PaperNode(control.url);
  weak.publicKey = kIdentityPoint.toString('base64url');
  weak.id = nodeId(kIdentityPoint);
  const forged = Buffer.concat([kIdentityPoint, Buffer.alloc(32)]);
  weak.sign = (document) => ({ ...document, signature_ed25519: forged.toString('base64url') });
  const challenge = (await weak.challenge(await control.token())).json;
  const text = canonical(weak.statement(challenge));
  const signed = weak.signedHeaders('POST', '/v1/nodes/enrollment', text, 'b3iq-enroll-v1', { audience: challenge.control_plane_id });
  signed.signature = `b3iq=:${forged.toString('base64')}:`;
  const answer = await request(control.url, { method: 'POST', path: '/v1/nodes/enrollment', body: text, headers: signed });
  refused(answer, 401, 'invalid_signature');
  assert.equal((await control.asAdmin('GET', `nodes/${weak.id}`)).status, 404);
});

test('G4-49 a body that was changed after signing, and a document that is not canonical, are refused', async () => {
  const node = await enrolled();
  const body = node.heartbeatBody();
  const send = (changed, signedText = JSON.stringify(body)) => request(control.url, {
    method: 'POST', path: node.path('heartbeats'), body: changed,
    headers: node.signedHeaders('POST', node.path('heartbeats'), signedText, 'b3iq-heartbeat-v1'),
  });
  await withoutEffect(node, async () => {
    refused(await send(JSON.stringify({ ...body, status: 'draining' })), 401, 'invalid_signature');
    refused(await send(JSON.stringify(body, null, 1)), 401, 'invalid_signature');
    // Signed as it is, and still two texts for one thing: refused at the parse.
    const twice = JSON.stringify(body).replace('{', '{"queue_depth":7,');
    assert.equal((await send(twice, twice)).status, 400);
    for (const number of ['1.0', '1e0', '01', '9007199254740993']) {
      const other = JSON.stringify(body).replace('"queue_depth":0', `"queue_depth":${number}`);
      assert.equal((await send(other, other)).status, 400, number);
    }
  });
  await control.queue(node.id, 'refresh_inventory');
  const { commands: [leased] } = (await node.poll()).json;
  const result = node.result(leased);
  const bring = (text) => node.send('POST', node.path(`commands/${leased.command_id}/result`), `{"lease_token":"${leased.lease_token}","signed_result":${text}}`, 'b3iq-result-v1');
  const twice = JSON.stringify(result).replace('{', '{"status":"failed",');
  assert.equal((await bring(twice)).status, 400);
  refused(await bring(JSON.stringify({ ...result, started_at: '2020-01-01T00:00:00.000Z' })), 401, 'invalid_signature');
  // Another order and other spaces are the same document: its canonical bytes are what was signed, and what is kept.
  const taken = await bring(JSON.stringify(Object.fromEntries(Object.entries(result).reverse()), null, 2));
  assert.equal(taken.status, 200, taken.text);
  assert.deepEqual((await control.command(leased.command_id)).result, result);
});

test('G9-109 one enrollment token used by eight nodes at once enrolls one of them', async () => {
  const token = await control.token({ tags: ['only'] });
  const nodes = Array.from({ length: 8 }, () => new PaperNode(control.url));
  const challenges = await Promise.all(nodes.map((node) => node.challenge(token)));
  for (const challenge of challenges) assert.equal(challenge.status, 200, challenge.text);
  const answers = await Promise.all(nodes.map((node, i) => node.answer(challenges[i].json)));
  const won = nodes.filter((node, i) => answers[i].status === 200);
  assert.equal(won.length, 1, answers.map((answer) => answer.text).join('\n'));
  for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer, 401, 'enrollment_token_invalid');
  const listed = await control.ask('GET', 'nodes?tag=only');
  assert.deepEqual(listed.data.map((node) => node.node_id), won.map((node) => node.id));
  refused(await new PaperNode(control.url).challenge(token), 401, 'enrollment_token_invalid');
  const kept = (await control.ask('GET', 'enrollment-tokens?limit=1')).data[0];
  assert.deepEqual([kept.status, kept.used_by], ['used', won[0].id]);
});

test('G9-109 a token that was used and one that was revoked are refused in the same words', async () => {
  const revoked = await control.ask('POST', 'enrollment-tokens', {});
  await control.ask('DELETE', `enrollment-tokens/${revoked.token.id}`);
  const used = await control.token();
  await new PaperNode(control.url).enroll(used);
  const texts = new Set();
  for (const token of [revoked.secret, used])
    texts.add(refused(await new PaperNode(control.url).challenge(token), 401, 'enrollment_token_invalid').detail);
  assert.equal(texts.size, 1, [...texts].join(' | '));
});

test('G9-110 a node speaks for itself alone: another\'s path, commands and results are refused', async () => {
  const victim = await enrolled();
  const attacker = await enrolled();
  await control.queue(victim.id, 'refresh_inventory');
  await withoutEffect(victim, async () => {
    refused(await attacker.heartbeat({ path: victim.path('heartbeats') }), 403, 'not_enrolled');
    refused(await attacker.poll({ path: victim.path('commands/poll') }), 403, 'not_enrolled');
    // Under the victim's name: the key does not fit.
    refused(await attacker.heartbeat({ path: victim.path('heartbeats'), keyId: victim.id }), 401, 'invalid_signature');
    refused(await attacker.poll({ path: victim.path('commands/poll'), keyId: victim.id }), 401, 'invalid_signature');
    refused(await attacker.send('POST', victim.path('unenroll'), { boot_epoch: victim.bootEpoch }, 'b3iq-unenroll-v1', { keyId: victim.id }), 401, 'invalid_signature');
  });
  const { commands: [leased] } = (await victim.poll()).json;
  // The attacker knows the lease, and brings a result of its own for the victim's command; then the victim's own result.
  refused(await attacker.bring(leased), 404, 'not_found');
  const stolen = victim.result(leased);
  const attempt = await attacker.bring(leased, stolen);
  assert.ok(attempt.status === 400 || attempt.status === 401, attempt.text);
  assert.equal((await control.command(leased.command_id)).state, 'leased');
  assert.equal((await victim.bring(leased, stolen)).status, 200);
  refused(await new PaperNode(control.url).heartbeat({ audience: victim.controlPlaneId }), 403, 'not_enrolled');
});

test('G9-112 a result of an ended command, or under a lease that was lost, is refused; under the new one the same document is taken once', async () => {
  const node = await enrolled();
  const { id } = await control.queue(node.id, 'refresh_inventory');
  const { commands: [old] } = (await node.poll()).json;
  await control.ask('POST', `commands/${id}/cancel`, { reason: 'too slow' });
  const held = [{ command_id: id, lease_token: old.lease_token, phase: 'running', done: 0, total: 0 }];
  const [lease] = (await node.poll({ max: 0, held })).json.leases;
  assert.equal(lease.state, 'cancelled');
  refused(await node.bring(old), 409, 'conflict');
  await control.ask('POST', `commands/${id}/retry`);
  const { commands: [fresh] } = (await node.poll()).json;
  assert.equal(fresh.command_id, id);
  assert.notEqual(fresh.lease_token, old.lease_token);
  const result = node.result(fresh);
  refused(await node.bring(old, result), 409, 'lease_lost');
  assert.equal((await control.command(id)).state, 'leased');
  assert.equal((await node.bring(fresh, result)).json.state, 'succeeded');
  // Brought again, because the answer was lost: answered alike. Another document: refused.
  assert.equal((await node.bring(fresh, result)).json.state, 'succeeded');
  refused(await node.bring(fresh, node.sign({ ...node.result(fresh), signature_ed25519: undefined, completed_at: '2099-01-01T00:00:00.000Z' })), 409, 'conflict');
  const ends = (await control.audit()).filter((entry) => entry.subject === id && entry.act === 'command.succeeded');
  assert.equal(ends.length, 1, 'one effect');
  assert.deepEqual((await control.command(id)).result, result);
});

test('G9-112 a lease is given to one of two polls at once', async () => {
  const node = await enrolled();
  for (let i = 0; i < 4; i += 1) await control.queue(node.id, 'refresh_inventory');
  // Both as if by two processes of the node: numbers rise, answers overlap.
  const polls = await Promise.all(Array.from({ length: 8 }, () => node.poll()));
  const leased = polls.flatMap((poll) => (poll.status === 200 ? poll.json.commands : [])).map((command) => command.command_id);
  assert.equal(new Set(leased).size, leased.length, 'no command twice');
  assert.equal(leased.length, 4);
});

test('two starts of one identity: the newer wins, both are told, and the log has it', async () => {
  const older = await enrolled();
  assert.equal((await older.heartbeat()).status, 200);
  const newer = Object.assign(Object.create(PaperNode.prototype), older, { bootEpoch: older.bootEpoch + 1 });
  assert.deepEqual((await newer.heartbeat()).json.notices, []);
  older.sequence = newer.sequence;
  refused(await older.heartbeat(), 409, 'identity_superseded');
  refused(await older.poll(), 409, 'identity_superseded');
  newer.sequence = older.sequence;
  assert.deepEqual((await newer.heartbeat()).json.notices, ['other_start_superseded']);
  newer.sequence += 1;
  const acts = (await control.audit()).filter((entry) => entry.subject === older.id).map((entry) => entry.act);
  assert.equal(acts.filter((act) => act === 'node.identity_superseded').length, 1);
});

test('G9-118 what an admin may do follows the role, and an expired or revoked credential may nothing', async () => {
  const node = await enrolled();
  const made = async (role) => control.ask('POST', 'credentials', { name: role, role });
  const viewer = await made('viewer');
  const operator = await made('operator');
  assert.equal((await control.asAdmin('GET', 'nodes', undefined, viewer.secret)).status, 200);
  await withoutEffect(node, async () => {
    for (const [method, target, body] of [
      ['POST', 'enrollment-tokens', {}], ['POST', `nodes/${node.id}/suspension`, {}], ['POST', `nodes/${node.id}/removal`, {}],
      ['POST', 'commands', { node_id: node.id, kind: 'refresh_inventory' }], ['GET', 'audit', undefined], ['POST', 'credentials', { name: 'x', role: 'admin' }],
    ]) assert.equal((await control.asAdmin(method, target, body, viewer.secret)).status, 403, `${method} ${target}`);
    for (const [method, target, body] of [['GET', 'audit', undefined], ['POST', 'credentials', { name: 'x', role: 'admin' }]])
      assert.equal((await control.asAdmin(method, target, body, operator.secret)).status, 403, `${method} ${target}`);
    assert.equal((await control.asAdmin('GET', 'nodes', undefined, '')).status, 401);
    assert.equal((await control.asAdmin('GET', 'nodes', undefined, `${viewer.secret.slice(0, -1)}${viewer.secret.endsWith('0') ? '1' : '0'}`)).status, 401);
  });
  assert.equal((await control.asAdmin('POST', 'enrollment-tokens', {}, operator.secret)).status, 200);
  await control.ask('DELETE', `credentials/${operator.credential.id}`);
  assert.equal((await control.asAdmin('GET', 'nodes', undefined, operator.secret)).status, 401);
});
