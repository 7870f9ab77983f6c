// Issue 4: further users of a node, over HTTP and by the command line: invitations, roles, sessions; and what only the owner
// gets: support bundles. CASES G1-7, -12, G3-33, -38, -42.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, openedSetup } from './browser.mjs';
import { Node, repoRoot, upstreamConfig } from './node.mjs';
import { Upstream } from './upstream.mjs';

const kPassword = 'correct horse battery';
let upstream;
let node;
let owner;
let folder;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-users-'));
  upstream = await Upstream.start();
  node = await Node.start({ config: upstreamConfig(upstream.url) });
  owner = await openedSetup(node);
  assert.equal((await owner.call('POST', 'owner', { name: 'ada', password: kPassword })).status, 201);
});
after(async () => {
  await node?.close();
  await upstream?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function opened(invitation) {
  const browser = new Browser(node);
  const answer = await browser.call('POST', 'setup-session', { token: invitation });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.kind, 'invitation');
  return browser;
}

async function joined(name, role) {
  const invited = await owner.call('POST', 'users', { name, role });
  assert.equal(invited.status, 201, invited.text);
  const browser = await opened(invited.json.invitation);
  const accepted = await browser.call('POST', 'invitation', { password: `password of ${name}` });
  assert.equal(accepted.status, 200, accepted.text);
  assert.deepEqual([accepted.json.kind, accepted.json.user.name, accepted.json.user.role], ['user', name, role]);
  browser.id = accepted.json.user.id;
  return browser;
}

const users = async () => (await owner.call('GET', 'users')).json.data;

test('an invitation: shown once, behind # in the address, opened once, then a password of the user\'s own', async () => {
  const invited = await owner.call('POST', 'users', { name: 'Vera', role: 'viewer' });
  assert.equal(invited.status, 201, invited.text);
  assert.match(invited.json.invitation, /^b3iq_invite_[0-9A-Za-z]{49}$/);
  const url = new URL(invited.json.url);
  assert.equal(url.origin, node.url);
  assert.equal(url.hash, `#invite=${invited.json.invitation}`);
  assert.equal(url.search, '');
  assert.match(invited.headers['cache-control'], /no-store/);
  assert.equal(invited.json.user.status, 'invited');
  const vera = await opened(invited.json.invitation);
  for (const [method, route] of [['GET', 'status'], ['GET', 'session'], ['POST', 'owner'], ['POST', 'owner/recovery'], ['POST', 'owner/password']]) {
    assert.equal((await vera.call(method, route, method === 'POST' ? { name: 'x', password: kPassword } : undefined)).status, 401, route);
  }
  assert.equal((await vera.call('POST', 'invitation', { password: 'password of vera' })).status, 200);
  const again = await new Browser(node).call('POST', 'setup-session', { token: invited.json.invitation });
  assert.equal(again.status, 401);
  const session = await vera.call('GET', 'session');
  assert.equal(session.json.user.role, 'viewer');
  assert.ok(Date.parse(session.json.expires_at) > Date.now());
  assert.equal((await new Browser(node).call('POST', 'login', { name: 'vera', password: 'password of vera' })).status, 200);
  const row = (await users()).find(({ name }) => name === 'Vera');
  assert.deepEqual([row.status, row.invitation_expires_at], ['active', null]);
  assert.ok(row.last_seen_at);
});

test('G1-7 of twenty browsers that open one invitation exactly one gets it', async () => {
  const { json } = await owner.call('POST', 'users', { name: 'raced', role: 'viewer' });
  const browsers = Array.from({ length: 20 }, () => new Browser(node));
  const answers = await Promise.all(browsers.map((browser) => browser.call('POST', 'setup-session', { token: json.invitation })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.ok(answers.every(({ status }) => [200, 401].includes(status)));
  const renewed = await owner.call('POST', `users/${json.user.id}/invitation`);
  assert.equal(renewed.status, 201, renewed.text);
  const winner = browsers[answers.findIndex(({ status }) => status === 200)];
  assert.equal((await winner.call('POST', 'invitation', { password: kPassword })).status, 401, 'a newer invitation replaced it');
  assert.equal((await owner.call('DELETE', `users/${json.user.id}`)).status, 200);
});

test('G3-33 a viewer looks, an operator runs, and neither does what is the owner\'s; a role holds at once', async () => {
  const oleg = await joined('oleg', 'operator');
  const vera = await joined('vito', 'viewer');
  const key = { name: 'made by a user' };
  assert.equal((await vera.call('GET', 'keys')).status, 200);
  const refused = await vera.call('POST', 'keys', key);
  assert.equal(refused.status, 403);
  assert.equal(refused.json.error.code, 'role_denied');
  assert.equal((await oleg.call('POST', 'keys', key)).status, 201);
  for (const browser of [oleg, vera]) {
    for (const [method, route] of [['GET', 'users'], ['POST', 'users'], ['GET', 'audit'], ['GET', 'support-grants'], ['POST', 'support-bundle'],
      ['POST', `users/${oleg.id}/role`], ['DELETE', `users/${oleg.id}`], ['POST', `users/${vera.id}/invitation`]]) {
      const answer = await browser.call(method, route, method === 'POST' ? { name: 'x', role: 'operator' } : undefined);
      assert.equal(answer.status, 403, `${method} ${route}: ${answer.text}`);
    }
  }
  assert.equal((await owner.call('POST', `users/${oleg.id}/role`, { role: 'viewer' })).json.role, 'viewer');
  assert.equal((await oleg.call('POST', 'keys', key)).status, 403);
  assert.equal((await oleg.call('GET', 'session')).json.user.role, 'viewer');
});

test('a user sees and ends own sessions, the owner everybody\'s', async () => {
  const vito = new Browser(node);
  assert.equal((await vito.call('POST', 'login', { name: 'vito', password: 'password of vito' })).status, 200);
  const mine = (await vito.call('GET', 'sessions')).json.data;
  assert.deepEqual([...new Set(mine.map(({ user }) => user.name))], ['vito']);
  assert.equal(mine.filter(({ current }) => current).length, 1);
  const all = (await owner.call('GET', 'sessions')).json.data;
  const others = all.find(({ current }) => current).id;
  assert.equal((await vito.call('DELETE', `sessions/${others}`)).status, 404, 'the owner\'s');
  assert.equal((await owner.call('GET', 'session')).status, 200);
  const older = mine.find(({ current }) => !current).id;
  assert.equal((await vito.call('DELETE', `sessions/${older}`)).status, 200);
  const current = mine.find((row) => row.current).id;
  assert.equal((await owner.call('DELETE', `sessions/${current}`)).status, 200);
  assert.equal((await vito.call('GET', 'session')).status, 401);
});

test('G1-12 a new password ends the old sessions of its user and of nobody else', async () => {
  const pia = await joined('pia', 'viewer');
  const ben = await joined('ben', 'viewer');
  const changed = await pia.call('POST', 'owner/password', { current_password: 'password of pia', new_password: 'next password' });
  assert.equal(changed.status, 200, changed.text);
  assert.equal((await ben.call('GET', 'session')).status, 200);
  const before = new Browser(node);
  before.cookies = new Map(pia.cookies);
  before.pageToken = pia.pageToken;
  const { json } = await owner.call('POST', `users/${pia.id}/invitation`);
  assert.equal((await pia.call('GET', 'session')).status, 200, 'until the invitation is accepted');
  const again = await opened(json.invitation);
  assert.equal((await again.call('POST', 'invitation', { password: 'third password' })).status, 200);
  assert.equal((await before.call('GET', 'session')).status, 401);
  for (const browser of [ben, owner]) assert.equal((await browser.call('GET', 'session')).status, 200);
  const recovery = await openedSetup(node);
  assert.equal((await recovery.call('POST', 'owner/recovery', { password: kPassword })).status, 200);
  assert.equal((await owner.call('GET', 'session')).status, 401, 'the owner\'s own session');
  assert.equal((await ben.call('GET', 'session')).status, 200, 'another user\'s');
  owner = recovery;
});

test('G3-38 who guesses at one user slows no other, and a browser is known for its own user only', async () => {
  const known = () => {
    const browser = new Browser(node);
    browser.cookies = new Map(owner.cookies);
    return browser;
  };
  const browsers = Array.from({ length: 24 }, (_, i) => (i % 2 ? known() : new Browser(node)));
  const answers = await Promise.all(browsers.map((browser) => browser.call('POST', 'login', { name: 'ben', password: 'not the password' })));
  assert.ok(answers.some(({ status }) => status === 429));
  // Five are free; five more would be if the owner's browser were counted for itself with ben's name.
  const looked = answers.filter(({ status }) => status === 401).length;
  assert.ok(looked >= 5 && looked < 9, `${looked} of 24 guesses were looked at`);
  assert.equal((await new Browser(node).call('POST', 'login', { name: 'pia', password: 'third password' })).status, 200);
});

test('removal ends sessions at once; the owner cannot be removed, demoted or invited', async () => {
  const tom = await joined('tom', 'operator');
  assert.equal((await owner.call('DELETE', `users/${tom.id}`)).json.removed, true);
  assert.equal((await tom.call('GET', 'session')).status, 401);
  assert.equal((await new Browser(node).call('POST', 'login', { name: 'tom', password: 'password of tom' })).status, 401);
  const [first] = await users();
  assert.equal(first.role, 'owner');
  assert.equal((await owner.call('DELETE', `users/${first.id}`)).status, 409);
  assert.equal((await owner.call('POST', `users/${first.id}/role`, { role: 'viewer' })).status, 409);
  assert.equal((await owner.call('POST', `users/${first.id}/invitation`)).status, 409);
  assert.equal((await owner.call('POST', 'users', { name: 'eve', role: 'owner' })).status, 400);
});

test('users by the command line: invite, list, role, remove; also while the node is stopped', async () => {
  const invited = await node.cli(['users', 'invite', 'Cleo B', '--role', 'viewer']);
  assert.equal(invited.code, 0, invited.stderr);
  const [, invitation] = /#invite=(b3iq_invite_[0-9A-Za-z]{49})$/.exec(invited.stdout.trim());
  assert.match(invited.stderr, /only time/);
  const cleo = await opened(invitation);
  assert.equal((await cleo.call('POST', 'invitation', { password: kPassword })).status, 200);
  assert.match((await node.cli(['users', 'list'])).stdout, /Cleo B +viewer +active/);
  assert.equal((await node.cli(['users', 'role', 'cleo b', '--role', 'operator'])).code, 0);
  assert.equal((await cleo.call('GET', 'session')).json.user.role, 'operator');
  const again = await node.cli(['users', 'invite', 'cleo b', '--json']);
  assert.match(again.json.url, /#invite=b3iq_invite_/);
  assert.equal((await node.cli(['users', 'invite', 'cleo b', '--role', 'viewer'])).code, 2);
  assert.equal((await node.cli(['users', 'invite', 'nobody yet'])).code, 2);
  assert.equal((await node.cli(['users', 'remove', 'nobody'])).code, 1);
  await node.stop();
  assert.match((await node.cli(['users', 'list'])).stdout, /Cleo B +operator +active/);
  assert.equal((await node.cli(['users', 'remove', 'cleo b'])).code, 0);
  await node.serve();
  assert.equal((await cleo.call('GET', 'session')).status, 401);
  assert.equal((await owner.call('GET', 'session')).status, 200, 'sessions outlive a restart');
});

test('every act on users is in the audit log, and no name, password or invitation is', async () => {
  const { json } = await node.cli(['audit', 'list', '--limit', '1000', '--json']);
  const acts = new Set(json.data.map(({ act }) => act));
  for (const act of ['user.invited', 'invitation.opened', 'user.joined', 'user.password_renewed', 'user.role_changed', 'user.removed', 'session.ended',
    'password.changed', 'owner.recovered']) assert.ok(acts.has(act), act);
  for (const { actor, subject } of json.data) assert.doesNotMatch(`${actor} ${subject}`, /vera|oleg|b3iq_|password of/i);
  assert.equal((await node.cli(['audit', 'verify', '--json'])).json.holds, true);
});

test('G3-42 no invitation is in any file of the node, in its log or in a bundle', async () => {
  const { json } = await owner.call('POST', 'users', { name: 'secret-label', role: 'viewer' });
  const secret = json.invitation.slice('b3iq_invite_'.length);
  for (const entry of fs.readdirSync(node.home, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    assert.ok(!fs.readFileSync(path.join(entry.parentPath ?? entry.path, entry.name), 'latin1').includes(secret), entry.name);
  }
  assert.ok(!node.output.includes(secret));
  assert.doesNotMatch(node.output, /b3iq_invite_/);
});

test('a support bundle for the browser: a signed .tar that the command line verifies, and in the audit log', async () => {
  const parts = (await owner.call('GET', 'support-bundle/parts')).json.data;
  assert.equal(parts.at(-1).name, 'index.json');
  const made = await owner.call('POST', 'support-bundle', {});
  assert.equal(made.status, 200, made.text.slice(0, 300));
  assert.equal(made.headers['content-type'], 'application/x-tar');
  assert.match(made.headers['content-disposition'], /^attachment; filename="b3iq-support-[0-9TZ]+\.tar"$/);
  const file = path.join(folder, 'bundle.tar');
  fs.writeFileSync(file, made.bytes);
  const listed = spawnSync('tar', ['-tf', file], { encoding: 'utf8' }).stdout.trim().split('\n').map((name) => path.basename(name));
  assert.deepEqual(listed, parts.map(({ name }) => name));
  const { node_id: id } = (await owner.call('GET', 'status')).json;
  assert.equal((await node.cli(['support', 'verify', file, '--node', id])).code, 0);
  const text = made.bytes.toString('latin1');
  for (const secret of ['secret-label', owner.pageToken, owner.sessionCookie[1], node.home, upstream.url]) assert.ok(!text.includes(secret), secret);
  const { json } = await node.cli(['audit', 'list', '--json']);
  assert.ok(json.data.some(({ act, actor }) => act === 'support.bundled' && actor.startsWith('user_')));
  const together = await Promise.all([1, 2, 3].map(() => owner.call('POST', 'support-bundle', {})));
  assert.ok(together.some(({ status }) => status === 200));
  assert.ok(together.every(({ status }) => [200, 409].includes(status)));
});

test('enrollment is told as it is: not enrolled, local', async () => {
  const { json } = await owner.call('GET', 'enrollment');
  assert.deepEqual([json.state, json.mode, json.control_plane], ['not_enrolled', 'local', null]);
  const api = JSON.parse(fs.readFileSync(path.join(repoRoot, 'api/local.json'), 'utf8'));
  assert.deepEqual(Object.keys(json).sort(), [...api.components.schemas.Enrollment.required].sort());
});
