// The settings through the API: what they are and where they come from, and changes that are all or nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, request, upstreamConfig } from './node.mjs';
import { asOperator, audited, claim } from './owner.mjs';
import { Upstream } from './upstream.mjs';

let upstream;
let node;
before(async () => {
  upstream = await Upstream.start();
  node = await Node.start({ config: upstreamConfig(upstream.url), env: { B3IQ_LOG_LEVEL: 'debug' } });
});
after(async () => {
  await node?.close();
  await upstream?.close();
});

const configText = () => fs.readFileSync(path.join(node.home, 'config.json'), 'utf8');
const settings = async () => (await asOperator(node, 'GET', 'settings')).json;
const one = async (name) => (await settings()).data.find((setting) => setting.name === name);
const change = (changes) => asOperator(node, 'POST', 'settings', { changes });

test('settings: every option is told with its value, default, source, bounds and help', async () => {
  const answer = await settings();
  assert.equal(answer.object, 'list');
  assert.equal(answer.restart_needed, false);
  const names = answer.data.map(({ name }) => name);
  for (const name of ['listen', 'limits.queue', 'drain', 'runtimes', 'updates.manifest_url', 'setup']) assert.ok(names.includes(name), name);
  for (const setting of answer.data) {
    assert.deepEqual(Object.keys(setting), ['name', 'type', 'value', 'shown', 'default', 'configured', 'source', 'help', 'min', 'max', 'choices',
      'secret', 'editable', 'locked', 'warning', 'pending']);
    assert.equal(setting.pending, false, setting.name);
    assert.ok(['boolean', 'integer', 'duration', 'size', 'text', 'choice', 'list', 'section'].includes(setting.type), setting.type);
    assert.equal(setting.editable, setting.locked === null, setting.name);
  }
  const drain = await one('drain');
  assert.deepEqual([drain.value, drain.shown, drain.default, drain.source, drain.min, drain.max], [30_000, '30s', 30_000, 'default', 0, 3_600_000]);
  assert.deepEqual((await one('log.level')).choices, ['debug', 'info', 'warn', 'error', 'off']);
});

test('settings: a secret is never shown, and what the program keeps is not editable', async () => {
  await node.cli(['wizard', 'url', '--with-token']);
  const setup = await one('setup');
  assert.deepEqual([setup.secret, setup.value, setup.shown, setup.configured, setup.editable, setup.pending], [true, null, '(secret)', true, false, false]);
  assert.doesNotMatch(JSON.stringify(await settings()), /token_sha256":"/);
  for (const name of ['setup', 'node_id', 'runtimes']) {
    const refused = await change({ [name]: null });
    assert.equal(refused.status, 400, name);
    assert.equal(refused.json.error.param, name);
  }
});

test('settings: where the environment or a flag decides, it says which one, and a change is refused', async () => {
  const level = await one('log.level');
  assert.deepEqual([level.value, level.source, level.editable], ['debug', 'environment', false]);
  assert.match(level.locked, /B3IQ_LOG_LEVEL/);
  const listen = await one('listen');
  assert.deepEqual([listen.source, listen.editable, listen.configured], ['flag', false, true]);
  assert.match(listen.locked, /--listen/);
  assert.ok(listen.warning.length > 0);
  const refused = await change({ 'log.level': 'info' });
  assert.deepEqual([refused.status, refused.json.error.code, refused.json.error.param], [400, 'invalid_request', 'log.level']);
  assert.match(refused.json.error.detail, /B3IQ_LOG_LEVEL/);
});

test('settings: a change stands in config.json as people write it, beside all that the owner wrote, and is pending', async () => {
  const before = JSON.parse(configText());
  const answer = await change({ drain: 90_000, 'limits.body': '32MiB', 'models.aliases': { gpt: 'fake-instant' }, allowed_hosts: ['node.example'], allow_remote: true });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.restart_needed, true);
  const after = JSON.parse(configText());
  assert.deepEqual(after.runtimes, before.runtimes);
  assert.deepEqual([after.drain, after.limits.body, after.models.aliases, after.allowed_hosts, after.allow_remote],
    ['90s', '32MiB', { gpt: 'fake-instant' }, ['node.example'], true]);
  assert.equal(fs.statSync(path.join(node.home, 'config.json')).mode & 0o777, 0o600);
  const drain = answer.json.data.find(({ name }) => name === 'drain');
  assert.deepEqual([drain.value, drain.source, drain.configured, drain.pending], [90_000, 'config', true, true]);
  const back = await change({ drain: null, 'limits.body': null, 'models.aliases': null, allowed_hosts: null, allow_remote: null });
  assert.equal(back.json.restart_needed, false, back.text);
  assert.equal('drain' in JSON.parse(configText()), false);
  await audited(node, ({ act, subject }) => act === 'settings.changed' && subject.includes('drain'));
});

test('settings: all or nothing, and the error names the setting', async () => {
  const before = configText();
  for (const [changes, param, text] of [
    [{ drain: '1s', 'limits.queue': -1 }, 'limits.queue', /from 0 to 100000/],
    [{ drain: '1s', 'log.format': 'loud' }, 'log.format', /text, json/],
    [{ drain: '1s', 'limits.quue': 1 }, 'limits.quue', /did you mean 'limits.queue'/],
    [{ drain: '1 fortnight' }, 'drain', /a duration/],
    [{ allowed_hosts: 'a' }, 'allowed_hosts', /list/],
    [{ 'limits.queue': 1.5 }, 'limits.queue', /whole number/],
    [{ 'tls.certificate': '/nowhere/cert.pem' }, 'tls.key', /both/],
    [{ 'tls.certificate': '/nowhere/cert.pem', 'tls.key': '/nowhere/key.pem' }, 'tls.certificate', /nowhere/],
    [{ 'telemetry.otlp_endpoint': 'nonsense' }, 'telemetry.otlp_endpoint', /collector/],
    [{ 'telemetry.otlp_endpoint': 'http://127.0.0.1:1', 'telemetry.otlp_headers_file': '/nowhere/headers' }, 'telemetry.otlp_headers_file', /nowhere/],
    [{ 'models.prefer': { a: ['nobody'] } }, 'models.prefer', /nobody/],
    [{ 'updates.manifest_url': 'http://releases.example/x.json' }, 'updates.manifest_url', /https/],
    [{ 'updates.manifest_url': 'https://releases.example/x.json' }, 'updates.release_key', /signature/],
  ]) {
    const refused = await change(changes);
    assert.equal(refused.status, 400, `${JSON.stringify(changes)}: ${refused.text}`);
    assert.equal(refused.json.error.code, 'invalid_request');
    assert.equal(refused.json.error.param, param, refused.text);
    assert.match(refused.json.error.detail, text);
    assert.equal(configText(), before, 'nothing was changed');
  }
  for (const body of [{}, { changes: [] }, { changes: {}, more: 1 }, []]) {
    assert.equal((await asOperator(node, 'POST', 'settings', body)).status, 400, JSON.stringify(body));
  }
});

test('settings: a config.json that is not right as it stands is told, and not written over', async () => {
  const before = configText();
  fs.writeFileSync(path.join(node.home, 'config.json'), '{ "drain": "30s", }');
  try {
    for (const answer of [await asOperator(node, 'GET', 'settings'), await change({ drain: '1s' }), await asOperator(node, 'POST', 'restart', {})]) {
      assert.deepEqual([answer.status, answer.json.error.code], [409, 'conflict'], answer.text);
      assert.match(answer.json.error.detail, /config check/);
    }
  } finally {
    fs.writeFileSync(path.join(node.home, 'config.json'), before);
  }
  assert.equal((await asOperator(node, 'GET', 'settings')).status, 200);
  assert.equal(await node.healthy(), true, 'nothing was stopped');
});

test('settings: changes at once lose nothing', async () => {
  const names = ['limits.queue', 'limits.assumed_completion_tokens', 'models.slots', 'models.threads', 'telemetry.sampling'];
  const answers = await Promise.all(names.map((name, i) => change({ [name]: i + 3 })));
  for (const answer of answers) assert.equal(answer.status, 200, answer.text);
  for (const [i, name] of names.entries()) assert.equal((await one(name)).value, i + 3);
  assert.equal((await change(Object.fromEntries(names.map((name) => [name, null])))).json.restart_needed, false);
});

test('settings: they are the owner\'s: a key, a stranger and a page of another origin get nothing', async () => {
  const owner = await claim(node);
  assert.equal((await owner.call('GET', 'settings')).status, 200);
  const key = await node.key();
  for (const headers of [{}, { authorization: `Bearer ${key.secret}` }]) {
    assert.equal((await request(node.url, { path: '/setup/v1/settings', headers })).status, 401);
    assert.equal((await request(node.url, { method: 'POST', path: '/setup/v1/restart', headers, body: {} })).status, 401);
  }
});
