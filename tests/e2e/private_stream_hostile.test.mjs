// CASES G5-67 and G5-69 over real connections: between a real b3iq and a real control plane with a real node sits somebody who changes, cuts, doubles,
// reorders and exchanges what is relayed (tampering_relay.mjs), or gives out another node's key. No truncated answer is ever shown as a whole one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CustomerTool } from './customer_tool.mjs';
import { LiveControl, enroll, linked, noLimits, quickBeats } from './live_control.mjs';
import { Node, until, upstreamConfig } from './node.mjs';
import { operator } from './operator.mjs';
import { workingNode } from './private_customer.mjs';
import { TamperingRelay, eventsOf } from './tampering_relay.mjs';
import { Upstream } from './upstream.mjs';

const kPatienceMs = 60_000;
const kModel = 'fake-paced';  // 50 words in a second: a dozen frames or more
const kBody = JSON.stringify({ model: kModel, stream: true, messages: [{ role: 'user', content: 'Which river flows through Bern?' }] });
const kLeastFrames = 6;
const kTries = 10;
const kLastByte = 11;
const kManipulated = /MANIPULATED STREAM/;
let control;
let upstream;
let node;
let relay;
let ada;
let whole;  // what the model says
let sends = 0;
let tooFew = false;  // frames, to do with them what was meant

before(async () => {
  control = await LiveControl.launch({ config: { ...noLimits, ...quickBeats } });
  upstream = await Upstream.start();
  node = await Node.start({ config: (config) => ({ ...config, ...upstreamConfig(upstream.url) }) });
  await node.ready('fake-instant');
  await enroll(node, control, { allow: ['private_inference'] });
  await linked(node);
  const allowed = await operator(node)('POST', '/setup/v1/model-posture', { model: kModel, network_eligible: true, paid_route_eligible: true });
  assert.equal(allowed.status, 200, allowed.text);
  relay = await TamperingRelay.open(control.url);
  ada = await CustomerTool.create(Object.create(control, { url: { value: relay.url } }));
  await until(async () => (await asAda('GET', `/v1/private-inference/candidates?model_id=${kModel}`)).json?.data?.length === 1, kPatienceMs, 'the node among the candidates');
  await ada.startProxy();
  const honest = await ask();
  assert.ok(honest.done, honest.events);
  whole = honest.content;
  assert.match(whole, /word0 .*word49/);
});
after(async () => {
  await ada?.close();
  await relay?.close();
  await node?.close();
  await upstream?.close();
  await control?.close();
});

const asAda = (method, target, body) => control.call(method, target, { body, headers: { 'x-b3iq-customer-id': ada.id, 'x-b3iq-customer-token': ada.token } });

// A streamed chat through the proxy, as a client sees it.
async function ask() {
  const headers = { authorization: `Bearer ${ada.key}`, 'content-type': 'application/json' };
  const answer = await fetch(`${ada.proxyUrl}/v1/chat/completions`, { method: 'POST', headers, body: kBody });
  const text = await answer.text();
  if (answer.status !== 200) return { status: answer.status, text, content: '', done: false };
  const events = eventsOf(text);
  const chunks = events.filter(({ data }) => data !== '[DONE]').map(({ data }) => JSON.parse(data));
  return {
    status: 200, text, content: chunks.map((one) => one.choices?.[0]?.delta?.content ?? '').join(''),
    finish: chunks.map((one) => one.choices?.[0]?.finish_reason).find(Boolean), done: events.at(-1)?.data === '[DONE]',
  };
}
// With what the relay makes of it; again where the machine was so busy that the node joined nearly all pieces.
async function tampered(onStream, onAnswer, does = ask) {
  for (let i = 0; i < kTries; i += 1) {
    relay.honest();
    tooFew = false;
    Object.assign(relay, { onStream, onAnswer });
    const done = await does();
    relay.onStream = undefined;
    relay.onAnswer = undefined;
    if (!tooFew) return done;
  }
  return assert.fail(`never ${kLeastFrames} frames in a stream`);
}

const framesOf = (events) => events.filter((one) => !one.event);
const endOf = (events) => events.filter((one) => one.event === 'end');
// The events with what `change` makes of their frames.
const changed = (change) => (events) => {
  const frames = framesOf(events);
  tooFew = frames.length < kLeastFrames;
  return tooFew ? events : [...change(frames), ...endOf(events)];
};
const edited = (frame, edit) => {
  const document = JSON.parse(frame.data);
  edit(document);
  return { ...frame, data: JSON.stringify(document) };
};
const flip = (member, at, bit) => (document) => {
  const bytes = Buffer.from(document[member], 'base64url');
  bytes[at] ^= bit;
  document[member] = bytes.toString('base64url');
};
const replaced = (frames, at, frame) => frames.toSpliced(at, 1, frame);

// What came before the fault is the node's. It is not the whole, and nothing says that it is.
function assertNotWhole(answer, why) {
  assert.ok(!answer.done && !answer.finish, `shown as whole:\n${answer.text.slice(-600)}`);
  assert.ok(whole.startsWith(answer.content), answer.content);
  assert.match(answer.text, why);
}

test('G5_69 a stream that is cut is made whole from the sealed answer', async () => {
  for (const cut of [(frames) => frames.slice(0, 3), (frames) => frames.slice(0, -1), () => []]) {
    const answer = await tampered(changed(cut));
    assert.ok(answer.done, answer.text.slice(-600));
    assert.equal(answer.content, whole);
    assert.equal(answer.finish, 'stop');
  }
});

test('G5_69 a connection that is cut in the middle of a frame is taken up where it was', async () => {
  const asked = [];
  const answer = await tampered((events, { from }) => {
    asked.push(from);
    const [first, second] = framesOf(events);
    if (asked.length > 3 || !second) return events;
    return `id: ${first.id}\ndata: ${first.data}\n\nid: ${second.id}\ndata: ${second.data.slice(0, 40)}`;
  });
  assert.deepEqual(asked, [0, 1, 2, 3]);
  assert.ok(answer.done, answer.text.slice(-600));
  assert.equal(answer.content, whole);
});

test('G5_69 a stream that is cut, and its answer kept back, is never shown as whole', async () => {
  const cut = changed((frames) => frames.slice(0, 3));
  const ofJob = (change) => (json, { method, path }) => {
    if (method === 'GET' && /\/jobs\/[^/?]+(\?.*)?$/.test(path)) change(json);
  };
  const without = (status) => ofJob((job) => {
    delete job.encrypted_response;
    job.status = status;
  });
  for (const status of ['failed', 'cancelled', 'expired', 'completed']) {
    const answer = await tampered(cut, without(status));
    assertNotWhole(answer, /"error"/);
    assert.notEqual(answer.content, '', `${status}: the pieces that came were shown`);
  }
  // Another answer of the same node to the same customer, and one that was changed.
  const other = (await asAda('GET', '/v1/private-inference/jobs?limit=1')).json.data[0].job_id;
  const { encrypted_response: others } = (await asAda('GET', `/v1/private-inference/jobs/${other}`)).json;
  assertNotWhole(await tampered(cut, ofJob((job) => { if (job.encrypted_response) job.encrypted_response = others; })), /data_corrupt/);
  assertNotWhole(await tampered(cut, ofJob((job) => { if (job.encrypted_response) flip('ciphertext', 9, 1)(job.encrypted_response); })), /data_corrupt/);
});

test('G5_69 frames that are reordered, doubled, left out or changed are told, and nothing behind them is shown', async () => {
  const attacks = {
    'two exchanged': (frames) => [...frames.slice(0, 2), frames[3], frames[2], ...frames.slice(4)],
    'one doubled': (frames) => frames.toSpliced(3, 0, frames[2]),
    'one left out': (frames) => frames.toSpliced(3, 1),
    'one left out and the numbers closed up': (frames) => frames.toSpliced(3, 1).map((frame, i) => edited({ ...frame, id: String(i) }, (document) => {
      const nonce = Buffer.from(document.nonce, 'base64url');
      nonce.writeUInt32BE(i, 7);
      document.nonce = nonce.toString('base64url');
    })),
    'a bit of the text': (frames) => replaced(frames, 3, edited(frames[3], flip('ciphertext', 7, 1))),
    'a bit of the tag': (frames) => replaced(frames, 3, edited(frames[3], (document) => flip('ciphertext', Buffer.from(document.ciphertext, 'base64url').length - 1, 128)(document))),
    'a bit of the prefix': (frames) => replaced(frames, 3, edited(frames[3], flip('nonce', 2, 1))),
    'the end brought forward': (frames) => [...frames.slice(0, 3), edited(frames[3], flip('nonce', kLastByte, 1))],
    'the end taken away': (frames) => [...frames.slice(0, -1), edited(frames.at(-1), flip('nonce', kLastByte, 1))],
    'something else than a frame': (frames) => replaced(frames, 3, { ...frames[3], data: '{"text":"word99 "}' }),
  };
  for (const [name, attack] of Object.entries(attacks)) {
    const answer = await tampered(changed(attack));
    assert.equal(answer.status, 200, name);
    assertNotWhole(answer, kManipulated);
    assert.notEqual(answer.content, '', `${name}: what came before it was shown`);
    // The last frame is the end alone.
    assert.equal(answer.content === whole, name === 'the end taken away', name);
  }
});

test('G5_69 frames of another job, and a whole stream of one, are refused', async () => {
  await tampered(changed((frames) => frames));
  const [[others]] = relay.streams.values();
  const mixed = await tampered(changed((frames) => [...frames.slice(0, 3), ...framesOf(others).slice(3)]));
  assertNotWhole(mixed, kManipulated);
  const replayed = await tampered(() => others);
  assert.notEqual(replayed.status, 200, 'nothing of it was shown');
  assertNotWhole(replayed, kManipulated);
});

test('G5_69 what is added behind the last frame is not shown', async () => {
  const answer = await tampered(changed((frames) => [...frames, frames[1], edited(frames.at(-1), flip('nonce', 10, 1)), ...frames]));
  assert.ok(answer.done, answer.text.slice(-600));
  assert.equal(answer.content, whole);
});

test('G5_69 private send --stream ends with an error where a stream was manipulated, and the answer can still be had', async () => {
  let job;
  const exchanged = changed((frames) => [...frames.slice(0, 2), frames[3], frames[2], ...frames.slice(4)]);
  const sent = await tampered(exchanged, undefined, () => {
    job = `manipulated-${sends += 1}`;
    return ada.run(['private', 'send', '--stream', '--job', job], kBody);
  });
  assert.notEqual(sent.code, 0);
  assert.match(sent.stderr, kManipulated);
  assert.ok(whole.startsWith(sent.stdout.trimEnd()) && sent.stdout.trim() !== whole.trim(), sent.stdout);
  const got = await ada.run(['private', 'get', job, '--text']);
  assert.equal(got.stdout.trim(), whole.trim(), got.stderr);
});

test('G5_67 a swapped transport key is refused loudly, and nothing is sent', async () => {
  const stranger = await workingNode(control);
  const binding = async (of) => (await control.public(`nodes/${of.id}/transport-key`)).json.transport_key;
  const [real, theirs] = [await binding(node), await binding(stranger)];
  const lies = {
    'another node\'s binding': theirs,
    'the node\'s name on another\'s binding': { ...theirs, node_id: real.node_id, public_key_ed25519: real.public_key_ed25519 },
    'another\'s key in the node\'s binding': { ...real, key_id: theirs.key_id, public_key_x25519: theirs.public_key_x25519 },
    'a binding that its node has not signed': { ...real, not_after: new Date(Date.parse(real.not_after) - 3_600_000).toISOString() },
  };
  for (const [name, lie] of Object.entries(lies)) {
    const answer = await tampered(undefined, (json, { path }) => {
      if (path.includes('/candidates')) for (const one of json.data) one.transport_key = lie;
    });
    assert.notEqual(answer.status, 200, name);
    assert.match(answer.text, /invalid_signature|KEY|binding/, name);
    assert.equal(relay.posts, 0, `${name}: nothing was sent`);
  }
  assert.ok((await tampered()).done, 'it works again');
});
