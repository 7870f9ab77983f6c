// Issue 3, observability: `logs` (also while the node is stopped, and across rotations) and `support bundle`.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, hostBin, until, upstreamConfig } from './node.mjs';
import { Upstream } from './upstream.mjs';

const question = [{ role: 'user', content: 'Hi' }];
let upstream;
let node;
let key;
let folder;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-bundle-'));
  upstream = await Upstream.start();
  node = await Node.start({ env: { B3IQ_LOG_LEVEL: 'debug' }, config: upstreamConfig(upstream.url, {
    log: { file_size: '64KiB' }, allowed_hosts: ['secret-name.example'], models: { aliases: { 'secret-alias': 'fake-instant' } } }) });
  await node.ready('fake-instant');
  key = await node.key({ name: 'secret-label', user: 'secret-user', scope: ['chat', 'metrics'] });
});
after(async () => {
  await node?.close();
  await upstream?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const lines = (text) => text.split('\n').filter(Boolean);
const chat = (headers) => node.chat({ model: 'fake-instant', messages: question }, key.secret, headers);

test('what happened to one request is found by its id; every line of a call has it', async () => {
  const id = (await chat()).headers['x-request-id'];
  const found = await until(async () => {
    const told = lines((await node.cli(['logs', '--json', '--request', id])).stdout).map(JSON.parse);
    return told.length === 2 && told;
  }, 5_000, 'both lines');
  assert.deepEqual(found.map(({ event }) => event).sort(), ['call.ended', 'http.request']);
  for (const line of found) {
    assert.equal(line.request_id, id);
    assert.match(line.time, /^20[0-9]{2}-.*Z$/);
  }
  const all = lines((await node.cli(['logs', '--json', '--lines', '0'])).stdout).map(JSON.parse);
  for (const line of all) if (/^(call|http)\./.test(line.event)) assert.ok(line.request_id, line.event);
  const people = await node.cli(['logs', '--request', id]);
  assert.match(people.stdout, new RegExp(`^20..-..-.. ..:..:..\\.... +debug +call.ended +request_id=${id} `, 'm'));
  assert.ok(!people.stdout.includes('\x1b'), 'no colours but on a terminal');
});

test('level, time and number narrow what is shown; what is wrong with them is said', async () => {
  upstream.fault = 'status-500';
  await chat();
  upstream.fault = undefined;
  const warnings = lines((await node.cli(['logs', '--json', '--level', 'warn'])).stdout).map(JSON.parse);
  assert.ok(warnings.some(({ event, outcome }) => event === 'call.failed' && outcome === 'runtime_failed'));
  assert.ok(warnings.every(({ level }) => level !== 'debug' && level !== 'info'));
  assert.equal(lines((await node.cli(['logs', '-n', '3'])).stdout).length, 3);
  assert.ok(lines((await node.cli(['logs', '--since', '1h'])).stdout).length > 3);
  assert.equal((await node.cli(['logs', '--since', '2100-01-01T00:00:00Z'])).stdout, '');
  const wrong = await node.cli(['logs', '--since', 'yesterday']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /yesterday.*10m/);
  assert.equal((await node.cli(['logs', '--level', 'loud'])).code, 2);
});

test('--follow tells what comes, across rotations, without a gap; the files stay within their bound', async () => {
  const child = spawn(hostBin, ['logs', '--follow', '--json', '--lines', '1'], { env: { ...process.env, ...node.environment } });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece) => { text += piece; });
  await until(() => text.length > 0, 10_000, 'the first line');
  const ids = [];
  for (let i = 0; i < 300; ++i) {
    ids.push(`follow-${i}`);
    await node.get('/health', undefined, { 'x-request-id': ids.at(-1) });
    // As fast as somebody reads: a file holds some hundred lines.
    if (i % 50 === 49) await until(() => text.includes(`"${ids.at(-1)}"`), 10_000, ids.at(-1));
  }
  child.kill();
  const seen = lines(text).map(JSON.parse).map((line) => line.request_id).filter((id) => id?.startsWith('follow-'));
  assert.deepEqual(seen, ids);
  const files = fs.readdirSync(path.join(node.home, 'logs'));
  assert.ok(files.includes('agent.log.1'), 'there was a rotation');
  const sizes = files.map((name) => fs.statSync(path.join(node.home, 'logs', name)));
  assert.ok(sizes.reduce((sum, { size }) => sum + size, 0) <= 64 * 1024);
  for (const { mode } of sizes) assert.equal(mode & 0o777, 0o600);
});

// {name: content} of a tar, by the machine's own tar.
function unpack(file) {
  const names = lines(spawnSync('tar', ['-tf', file], { encoding: 'utf8' }).stdout);
  return Object.fromEntries(names.map((name) => [path.basename(name), spawnSync('tar', ['-xOf', file, name], { encoding: 'utf8' }).stdout]));
}

test('support bundle says what is in it, holds that, and nothing that names the owner, keys or addresses', async () => {
  const file = path.join(folder, 'bundle.tar');
  const made = await node.cli(['support', 'bundle', '--out', file, '--json']);
  assert.equal(made.code, 0, made.stderr);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  assert.equal(made.json.sha256, crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex'));
  const parts = unpack(file);
  assert.deepEqual(Object.keys(parts), made.json.parts.map(({ name }) => name));
  for (const { name, about, bytes } of made.json.parts) {
    assert.equal(Buffer.byteLength(parts[name]), bytes, name);
    assert.ok(made.stderr.includes(name) && made.stderr.includes(about), `${name} is announced`);
  }
  assert.equal(JSON.parse(parts['version.json']).version, (await node.cli(['version', '--json'])).json.version);
  assert.ok(JSON.parse(parts['doctor.json']).some(({ check, verdict }) => check === 'home.mode' && verdict === 'good'));
  const config = JSON.parse(parts['config.json']);
  assert.equal(config['log.level'], 'debug');
  assert.equal(config.allowed_hosts, '(set)');
  assert.equal(config['models.aliases'], '(set)');
  assert.deepEqual([config.runtimes[0].id, config.runtimes[0].place], ['up', 'loopback']);
  assert.ok(JSON.parse(parts['inventory.json']).inventory.memory.total_bytes > 0);
  assert.equal(JSON.parse(parts['runtimes.json']).data[0].kind, 'openai');
  assert.ok(JSON.parse(parts['keys.json']).data.some(({ id }) => id === key.id));
  assert.match(parts['metrics.txt'], /^b3iq_receipts_total /m);
  assert.ok(lines(parts['log.jsonl']).map(JSON.parse).some(({ event }) => event === 'call.ended'));

  const all = fs.readFileSync(file, 'latin1');
  const agent = JSON.parse(fs.readFileSync(path.join(node.home, 'run/agent.json'), 'utf8'));
  for (const secret of [key.secret, agent.operator_token, 'secret-', node.home, upstream.url, '127.0.0.1', 'follow-1']) {
    assert.ok(!all.includes(secret), `the bundle holds ${secret}`);
  }
  // The signed index names the node, as every receipt does; no other part does.
  const identity = (await node.cli(['status', '--json'])).json.node_id;
  for (const [name, content] of Object.entries(parts)) {
    assert.equal(content.includes(identity), name === 'index.json', name);
  }
});

test('support verify: the signed index holds, names what was changed, and whose it is', async () => {
  const file = path.join(folder, 'bundle.tar');
  const { node_id: id } = (await node.cli(['status', '--json'])).json;
  const good = await node.cli(['support', 'verify', file, '--node', id, '--json']);
  assert.equal(good.code, 0, good.stderr);
  assert.deepEqual([good.json.holds, good.json.node_id, good.json.problems], [true, id, []]);
  const index = JSON.parse(unpack(file)['index.json']);
  assert.equal(index.type, 'b3iq-support-bundle-index-v1');
  for (const { name, bytes, sha256 } of index.parts) {
    const content = unpack(file)[name];
    assert.equal(Buffer.byteLength(content), bytes, name);
    assert.equal(crypto.createHash('sha256').update(content).digest('hex'), sha256, name);
  }
  const forged = fs.readFileSync(file);
  forged.write('!', forged.indexOf('A support bundle'));
  const other = path.join(folder, 'forged.tar');
  fs.writeFileSync(other, forged);
  const bad = await node.cli(['support', 'verify', other]);
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /CONTENTS\.txt was changed/);
  const foreign = await node.cli(['support', 'verify', file, '--node', 'b3n_somebodyelse', '--json']);
  assert.equal(foreign.code, 1);
  assert.match(foreign.json.problems[0], /not by b3n_somebodyelse/);
  assert.equal((await node.cli(['support', 'verify', path.join(folder, 'nothing.tar')])).code, 1);
});

test('support bundle never writes over a file, and works while the node is stopped, as logs does', async () => {
  const file = path.join(folder, 'bundle.tar');
  const size = fs.statSync(file).size;
  const again = await node.cli(['support', 'bundle', '--out', file]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /File exists/);
  assert.equal(fs.statSync(file).size, size);
  await node.stop();
  const stopped = path.join(folder, 'stopped.tar');
  const made = await node.cli(['support', 'bundle', '--out', stopped]);
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /log\.jsonl +[0-9]+ bytes/);
  assert.match(unpack(stopped)['metrics.txt'], /did not run/);
  assert.match((await node.cli(['logs'])).stdout, /node\.stopped/);
  const empty = await node.cli(['--home', path.join(folder, 'nothing'), 'logs']);
  assert.equal(empty.code, 1);
  assert.match(empty.stderr, /holds no log/);
});
