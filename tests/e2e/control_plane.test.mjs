// The control plane from outside: its command line, its admin and public APIs, backup and restore, all with the real program.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { apiSchema } from './api_schema.mjs';
import { ControlPlane, controlBin } from './control_plane.mjs';
import { run } from './node.mjs';

const admin = apiSchema('admin');
const open = apiSchema('public');
const kNoNode = `b3n_${'a'.repeat(32)}`;
// Operations of api/admin.json that need an enrolled node, a command of it or a second person: api_answers.test.mjs does them.
const kElsewhere = [
  'DELETE /v1/admin/nodes/{node}/suspension', 'GET /v1/admin/approvals/{approval}', 'GET /v1/admin/commands/{command}',
  'GET /v1/admin/nodes/{node}', 'POST /v1/admin/approvals/{approval}/approve', 'POST /v1/admin/approvals/{approval}/deny',
  'POST /v1/admin/commands', 'POST /v1/admin/commands/{command}/cancel', 'POST /v1/admin/commands/{command}/retry',
  'POST /v1/admin/nodes/{node}/removal', 'POST /v1/admin/nodes/{node}/suspension', 'PUT /v1/admin/nodes/{node}/tags',
];
let control;
let keyFile;
let key;

before(async () => {
  control = await ControlPlane.create({ log: { level: 'debug' } });
  keyFile = path.join(control.home, 'secrets', 'admin.key');
  const made = await control.cli(['admin', 'bootstrap', '--out', keyFile]);
  assert.equal(made.code, 0, made.stderr);
  key = fs.readFileSync(keyFile, 'utf8').trim();
  await control.start();
});
after(() => control?.close());

test('control plane: bootstrap writes a private file, once', async () => {
  assert.match(key, /^b3iq_admin_[0-9A-Za-z]{49}$/);
  assert.equal(fs.statSync(keyFile).mode & 0o777, 0o600);
  const again = await control.cli(['admin', 'bootstrap', '--out', keyFile]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /exists/);
  assert.equal(fs.readFileSync(keyFile, 'utf8').trim(), key);
  const namesake = await control.cli(['admin', 'bootstrap', '--out', path.join(control.home, 'secrets', 'second.key')]);
  assert.match(namesake.stderr, /revoke it first/);
  assert.ok(!fs.existsSync(path.join(control.home, 'secrets', 'second.key')));
});

test('control plane: admin works on the machine, served or not, and from elsewhere with a key file', async () => {
  const here = await control.cli(['admin', 'tokens', 'create', '--note', 'by the machine', '--json']);
  assert.equal(here.code, 0, here.stderr);
  const remote = ['--url', control.url, '--admin-key-file', keyFile];
  const there = await run(controlBin, ['admin', ...remote, 'tokens', 'create', '--note', 'from afar', '--tag', 'eu', '--json']);
  assert.equal(there.code, 0, there.stderr);
  assert.match(JSON.parse(there.stdout).secret, /^b3iq_enroll_/);
  const piped = await run(controlBin, ['admin', '--url', control.url, '--admin-key-file', '-', 'tokens', 'list', '--json'], { input: `${key}\n` });
  assert.equal(piped.code, 0, piped.stderr);
  assert.deepEqual(JSON.parse(piped.stdout).data.map((one) => one.note), ['from afar', 'by the machine']);
  const listed = await control.cli(['admin', 'tokens', 'list']);
  assert.match(listed.stdout, /STATUS[\s\S]*usable[\s\S]*from afar/);
  const revoked = await control.cli(['admin', 'tokens', 'revoke', JSON.parse(there.stdout).token.id]);
  assert.equal(revoked.code, 0, revoked.stderr);
  const nodes = await control.cli(['admin', 'nodes', 'list']);
  assert.match(nodes.stdout, /admin tokens create/);
});

test('control plane: what is wrong is said with what to do', async () => {
  const cases = [
    [['admin', 'nodez'], 2, /Did you mean 'nodes'/],
    [['admin', 'nodes', 'suspend', kNoNode], 1, /not_found|no such node/i],
    [['admin', 'nodes', 'suspend', '../etc'], 2, /b3n_/],
    [['admin', 'nodes', 'suspend', 'b3n_short'], 1, /node id/],
    [['admin', 'credentials', 'create', '--name', 'x', '--role', 'god'], 2, /viewer/],
    [['admin', 'commands', 'queue', '--node', kNoNode, '--kind', 'shell'], 2, /benchmark_smoke/],
    [['admin', 'commands', 'queue', '--node', kNoNode, '--kind', 'runtime_probe', '--arguments', 'no'], 2, /JSON object/],
    [['admin', '--url', 'http://control.example', 'status'], 1, /https:/],
    [['admin', '--url', control.url, 'status'], 1, /--admin-key-file/],
    [['admin', '--url', 'http://127.0.0.1:1', '--admin-key-file', keyFile, 'status'], 3, /does not answer/],
    [['serve', '--database', 'postgresql://b3iq:hunter2@127.0.0.1/b3iq'], 1, /database_file/],
    [['restore', '/nowhere'], 1, /nowhere/],
  ];
  for (const [args, code, said] of cases) {
    const told = await control.cli(args, { env: { B3IQ_ADMIN_KEY_FILE: '' } });
    assert.equal(told.code, code, `${args.join(' ')}: ${told.stderr}`);
    assert.match(told.stderr, said, args.join(' '));
    assert.doesNotMatch(told.stderr, /hunter2/);
  }
  const twice = await control.cli(['serve'], { timeoutMs: 30_000 });
  assert.notEqual(twice.code, 0);
  const nowhere = await run(controlBin, ['--home', path.join(control.folder, 'none'), 'serve']);
  assert.match(nowhere.stderr, /init/);
});

test('control plane: every operation of the admin API that needs no node answers as api/admin.json says, and needs a credential', async () => {
  const seen = new Set();
  const ask = async (method, route, { fill = {}, query = '', body, status = 200, type } = {}) => {
    const target = Object.entries(fill).reduce((at, [name, value]) => at.replace(`{${name}}`, value), route) + query;
    const bare = await control.call(method, target, { body });
    assert.equal(bare.status, 401, `${method} ${target}`);
    const answer = await control.call(method, target, { key, body });
    assert.equal(answer.status, status, `${method} ${target}: ${answer.text}`);
    assert.equal(admin.faultOf(method, route, status, type ? answer.text : answer.json, type), '', `${method} ${target}: ${answer.text}`);
    if (status === 200) seen.add(`${method} ${route}`);
    return answer;
  };
  await ask('GET', '/v1/admin/self');
  await ask('GET', '/v1/admin/status');
  const tokens = '/v1/admin/enrollment-tokens';
  const token = (await ask('POST', tokens, { body: { note: 'n', tags: ['a'], expires: '1h' } })).json.token;
  await ask('GET', tokens, { query: '?limit=1' });
  await ask('DELETE', `${tokens}/{token}`, { fill: { token: token.id } });
  await ask('GET', '/v1/admin/nodes');
  await ask('GET', '/v1/admin/nodes/{node}', { fill: { node: kNoNode }, status: 404 });
  await ask('GET', '/v1/admin/commands');
  const credentials = '/v1/admin/credentials';
  const made = (await ask('POST', credentials, { body: { name: 'watcher', role: 'viewer' } })).json;
  await ask('GET', credentials);
  assert.equal((await control.call('POST', tokens, { key: made.secret, body: {} })).status, 403);
  await ask('DELETE', `${credentials}/{credential}`, { fill: { credential: made.credential.id } });
  assert.equal((await control.call('GET', '/v1/admin/self', { key: made.secret })).json.error.code, 'key_revoked');
  await ask('GET', '/v1/admin/approvals');
  await ask('GET', '/v1/admin/audit');
  await ask('GET', '/v1/admin/audit/verification');
  const lines = (await ask('GET', '/v1/admin/audit/export', { type: 'application/jsonl' })).text.trim().split('\n');
  assert.ok(lines.length >= 4);
  const metrics = (await ask('GET', '/metrics', { type: 'text/plain' })).text.split('\n');
  const counted = metrics.find((line) => line.startsWith('b3iq_http_responses_total{') && line.includes('"listNodes"') && line.includes('"2xx"'));
  assert.ok(Number(counted?.split(' ')[1]) >= 1, counted);
  assert.equal((await control.call('POST', tokens, { key, body: { colour: 'red' } })).json.error.param, 'colour');
  assert.equal((await control.call('GET', '/v1/admin/status', { key })).headers['cache-control'], 'no-store');
  const known = Object.entries(admin.api.paths).flatMap(([route, operations]) =>
    Object.keys(operations).filter((one) => operations[one].operationId).map((method) => `${method.toUpperCase()} ${route}`));
  // Customers, money and private jobs: api_answers.test.mjs.
  const others = known.filter((operation) => !/customers|ledger|price-policies|private-jobs/.test(operation));
  assert.deepEqual(others.filter((operation) => !seen.has(operation)).sort(), kElsewhere);
});

test('control plane: the public API is for anybody, with tags, and only for reading', async () => {
  for (const route of ['/v1/public/network', '/v1/public/nodes', '/v1/public/models']) {
    const answer = await control.call('GET', route, { headers: { origin: 'https://explorer.example' } });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(open.faultOf('GET', route, 200, answer.json), '', answer.text);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    const again = await control.call('GET', route, { headers: { 'if-none-match': answer.headers.etag } });
    assert.equal(again.status, 304);
    assert.equal(again.text, '');
    assert.equal((await control.call('POST', route, { body: {} })).status, 405);
  }
  const readiness = `/v1/public/nodes/${kNoNode}/route-readiness?model=llama-3`;
  const verdict = (await control.call('GET', readiness)).json;
  assert.equal(open.faultOf('GET', '/v1/public/nodes/{node}/route-readiness', 200, verdict), '');
  assert.ok(verdict.blockers.some((one) => one.code === 'not_enrolled'));
  assert.equal((await control.call('GET', '/v1/admin/self', { headers: { origin: 'https://evil.example' } })).headers['access-control-allow-origin'], undefined);
});

test('control plane: G9-118 an export holds, and an edited, a removed and a swapped line are found', async () => {
  const file = path.join(control.folder, 'audit.jsonl');
  const exported = await control.cli(['admin', 'audit', 'export', '--out', file]);
  assert.equal(exported.code, 0, exported.stderr);
  const lines = fs.readFileSync(file, 'utf8').trim().split('\n');
  const verify = async (some) => {
    fs.writeFileSync(file, some.map((line) => `${line}\n`).join(''));
    return control.cli(['admin', 'audit', 'verify', '--file', file]);
  };
  assert.equal((await verify(lines)).code, 0);
  const edited = await verify([lines[0], lines[1].replace('"operator"', '"nobody"').replace(/adm_[0-9A-Z]+/, 'nobody'), ...lines.slice(2)]);
  assert.equal(edited.code, 1);
  assert.match(edited.stdout, /entry 2/);
  assert.match((await verify([lines[0], ...lines.slice(2)])).stdout, /entry 3/);
  assert.match((await verify([lines[0], lines[2], lines[1], ...lines.slice(3)])).stdout, /entry 3/);
  assert.equal((await control.cli(['admin', 'audit', 'verify'])).code, 0);
});

test('control plane: G12-134 no secret is in the log', () => {
  assert.match(control.log, /http\.request/);
  assert.ok(!control.log.includes(key));
  assert.ok(!control.log.includes(key.slice(11, 40)));
  assert.doesNotMatch(control.log, /b3iq_(enroll|admin)_/);
});

test('control plane: a backup while it serves becomes the same control plane elsewhere', async () => {
  const folder = path.join(control.folder, 'backup');
  const backup = await control.cli(['backup', folder, '--json']);
  assert.equal(backup.code, 0, backup.stderr);
  assert.equal(fs.statSync(folder).mode & 0o777, 0o700);
  const other = new ControlPlane(fs.mkdtempSync(path.join(control.folder, 'other-')));
  fs.chmodSync(other.folder, 0o700);
  try {
    const restored = await other.cli(['restore', folder, '--json']);
    assert.equal(restored.code, 0, restored.stderr);
    assert.equal(JSON.parse(restored.stdout).control_plane_id, JSON.parse(backup.stdout).control_plane_id);
    const again = await other.cli(['restore', folder]);
    assert.equal(again.code, 1);
    await other.start();
    assert.equal((await other.call('GET', '/v1/admin/self', { key })).json.role, 'admin');
    const audit = await other.cli(['admin', 'audit', 'list', '--json']);
    assert.equal(JSON.parse(audit.stdout).data[0].act, 'control_plane.restored');
    assert.equal((await other.cli(['admin', 'audit', 'verify'])).code, 0);
    fs.writeFileSync(path.join(folder, 'control.db'), 'x', { flag: 'r+' });
    const damaged = await run(controlBin, ['--home', path.join(other.folder, 'third'), 'restore', folder]);
    assert.notEqual(damaged.code, 0);
  } finally {
    await other.close();
  }
});

test('control plane: doctor finds nothing that is broken here, and a missing key elsewhere', async () => {
  const well = await control.cli(['doctor', '--json']);
  assert.equal(well.code, 0, well.stdout);
  const checks = JSON.parse(well.stdout).checks;
  assert.ok(checks.some((one) => one.check === 'audit_log' && one.verdict === 'good'));
  const ill = await ControlPlane.create();
  try {
    fs.rmSync(path.join(ill.home, 'secrets', 'identity.key'));
    const told = await ill.cli(['doctor', '--json']);
    assert.equal(told.code, 5, told.stdout);
    assert.ok(JSON.parse(told.stdout).checks.some((one) => one.check === 'identity' && one.verdict === 'fault' && one.fix));
  } finally {
    await ill.close();
  }
});

test('control plane: it stops when it is told to, and commands go on without it', async () => {
  assert.equal((await control.stop()).code, 0);
  assert.ok(!fs.existsSync(path.join(control.home, 'run', 'control.json')));
  assert.equal((await control.cli(['admin', 'status'])).code, 0);
  await control.start();
  assert.equal((await control.call('GET', '/v1/admin/self', { key })).status, 200);
  assert.equal((await control.stop('SIGKILL')).signal, 'SIGKILL');
  assert.equal((await control.cli(['admin', 'audit', 'verify'])).code, 0);
});
