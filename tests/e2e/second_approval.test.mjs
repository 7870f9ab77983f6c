// Acts that need a second person, from outside: two people with a key file each, and the real program.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { apiSchema } from './api_schema.mjs';
import { ControlPlane, controlBin } from './control_plane.mjs';
import { run } from './node.mjs';

const admin = apiSchema('admin');
const kTokens = '/v1/admin/enrollment-tokens';
const kOne = '/v1/admin/approvals/{approval}';
let control;
const files = {};
const keys = {};

before(async () => {
  control = await ControlPlane.create({ admin: { second_approval: ['credential.create', 'token.create'] } });
  for (const name of ['alice', 'bob']) {
    files[name] = path.join(control.folder, `${name}.key`);
    const made = await control.cli(['admin', 'bootstrap', '--name', name, '--out', files[name]]);
    assert.equal(made.code, 0, made.stderr);
    keys[name] = fs.readFileSync(files[name], 'utf8').trim();
  }
  await control.start();
});
after(() => control?.close());

const as = (name, args) => run(controlBin, ['admin', '--url', control.url, '--admin-key-file', files[name], ...args]);

test('second approval: G9-118 by command line: asked, not by oneself, approved, done once, both in the log', async () => {
  const out = path.join(control.folder, 'token');
  const create = ['tokens', 'create', '--note', 'rack 3', '--out', out];
  const asked = await as('alice', create);
  assert.equal(asked.code, 4, asked.stdout);
  assert.ok(!fs.existsSync(out));
  const id = asked.stderr.match(/apr_[0-9A-Za-z]{26}/)[0];
  const own = await as('alice', ['approvals', 'approve', id]);
  assert.equal(own.code, 4);
  assert.match(own.stderr, /role_denied/);
  assert.match((await as('alice', [...create, '--approval', id])).stderr, /still waits/);
  assert.match((await as('bob', ['approvals', 'show', id])).stdout, /rack 3/);
  const approved = await as('bob', ['approvals', 'approve', id]);
  assert.equal(approved.code, 0, approved.stderr);
  const other = await as('alice', ['tokens', 'create', '--note', 'rack 4', '--approval', id]);
  assert.equal(other.code, 1, other.stdout);
  const done = await as('alice', [...create, '--approval', id]);
  assert.equal(done.code, 0, done.stderr);
  assert.match(fs.readFileSync(out, 'utf8'), /^b3iq_enroll_/);
  fs.rmSync(out);
  assert.equal((await as('alice', [...create, '--approval', id])).code, 1);
  assert.ok(!fs.existsSync(out));
  const log = JSON.parse((await control.cli(['admin', 'audit', 'list', '--json'])).stdout).data;
  assert.match(log.find((entry) => entry.act === 'enrollment_token.created').actor, /^adm_[0-9A-Za-z]{26}\+adm_[0-9A-Za-z]{26}$/);
  assert.equal((await control.cli(['admin', 'audit', 'verify'])).code, 0);
});

test('second approval: every answer is what api/admin.json says', async () => {
  const call = async (name, method, route, { status = 200, body, id = '' } = {}) => {
    const answer = await control.call(method, route.replace('{approval}', id), { key: keys[name], body });
    assert.equal(answer.status, status, answer.text);
    assert.equal(admin.faultOf(method, route, status, answer.json), '', answer.text);
    return answer.json;
  };
  const asked = await call('alice', 'POST', kTokens, { status: 202, body: { note: 'n' } });
  const { id } = asked.approval;
  assert.ok(asked.next_step.includes(id));
  await call('bob', 'GET', kOne, { id });
  await call('bob', 'POST', `${kOne}/approve`, { id });
  await call('alice', 'POST', kTokens, { body: { note: 'n', approval_id: id } });
  const denied = await call('alice', 'POST', kTokens, { status: 202, body: { note: 'other' } });
  await call('alice', 'POST', `${kOne}/deny`, { id: denied.approval.id });
  assert.equal((await call('bob', 'GET', '/v1/admin/approvals')).data.length, 3);
  assert.equal((await call('bob', 'POST', `${kOne}/approve`, { id: denied.approval.id, status: 409 })).error.code, 'conflict');
});

test('second approval: the command line on the machine is not bound, and a wrong list is told with the right names', async () => {
  const made = await control.cli(['admin', 'tokens', 'create']);
  assert.equal(made.code, 0, made.stderr);
  const wrong = await ControlPlane.create({ admin: { second_approval: ['node.delete'] } });
  try {
    const told = await wrong.cli(['config', 'check']);
    assert.equal(told.code, 1);
    assert.match(told.stderr, /node\.remove, node\.suspend/);
  } finally {
    await wrong.close();
  }
});
