// Backups through the API, and a restore into the node that goes on: what comes back, what is never rolled back, and what a crash
// in its middle leaves.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, hostBin, request, run, until, upstreamConfig } from './node.mjs';
import { agentFile, asOperator, audited, claim, ownerPassword, startedAgain } from './owner.mjs';
import { Upstream } from './upstream.mjs';

const kChat = { model: 'fake-instant', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 5 };
let upstream;
let folder;
before(async () => {
  upstream = await Upstream.start();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-restore-'));
});
after(async () => {
  await upstream?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function withNode(use) {
  const node = await Node.start({ config: upstreamConfig(upstream.url) });
  try {
    await node.ready('fake-instant');
    await use(node, await claim(node));
  } finally {
    await node.close();
  }
}

// Of a backup that was asked for; as it is when it has ended.
async function ended(call, id) {
  let now;
  await until(async () => {
    now = (await call('GET', `backups/${id}`)).json;
    return now.state !== 'making';
  }, 30_000, 'the end of the backup');
  return now;
}

async function begin(owner, body = { with_identity: false }) {
  const asked = await owner.call('POST', 'backups', body);
  assert.equal(asked.status, 202, asked.text);
  assert.deepEqual([asked.json.state, asked.json.bytes, asked.json.error], ['making', 0, null]);
  return ended((...args) => owner.call(...args), asked.json.id);
}

async function backup(owner, body) {
  const made = await begin(owner, body);
  assert.equal(made.state, 'done', made.error?.detail);
  return made;
}

async function operatorsBackup(node) {
  const asked = await asOperator(node, 'POST', 'backups', { with_identity: false });
  assert.equal(asked.status, 202, asked.text);
  const made = await ended((...args) => asOperator(node, ...args), asked.json.id);
  assert.equal(made.state, 'done', made.error?.detail);
  return made;
}

const keyNames = async (node) => (await asOperator(node, 'GET', 'keys')).json.data.filter(({ status }) => status === 'active').map(({ name }) => name).sort();
const acts = async (node) => (await asOperator(node, 'GET', 'audit?limit=200')).json.data;
const receipts = async (node) => (await node.cli(['receipts', 'list', '--limit', '100', '--json'])).json.data;

test('backups: made, listed, read as an archive that restores elsewhere, removed', () => withNode(async (node, owner) => {
  assert.deepEqual((await owner.call('GET', 'backups')).json, { object: 'list', data: [] });
  const made = await backup(owner);
  assert.match(made.id, /^bak_[0-9A-Z]{26}$/);
  const status = (await owner.call('GET', 'status')).json;
  assert.deepEqual([made.node_id, made.has_identity], [status.node_id, false]);
  const dir = path.join(node.home, 'backups', made.id);
  assert.equal(made.bytes, fs.readdirSync(dir).reduce((sum, name) => sum + fs.statSync(path.join(dir, name)).size, 0));
  for (const part of [path.join(node.home, 'backups'), dir]) assert.equal(fs.statSync(part).mode & 0o777, 0o700);
  const second = await backup(owner);
  assert.deepEqual((await owner.call('GET', 'backups')).json.data, [second, made], 'newest first');

  const archive = await asOperator(node, 'POST', `backups/${made.id}/archive`, {});
  assert.equal(archive.status, 200);
  assert.equal(archive.headers['content-type'], 'application/x-tar');
  assert.equal(archive.headers['cache-control'], 'no-store');
  fs.writeFileSync(path.join(folder, 'b.tar'), archive.bytes);
  assert.equal((await run('tar', ['-xf', 'b.tar'], { cwd: folder })).code, 0);
  const home = path.join(folder, 'elsewhere');
  const restored = await run(hostBin, ['restore', path.join(folder, made.id), '--home', home, '--json']);
  assert.equal(restored.code, 0, restored.stderr);
  assert.equal(restored.json.node_id, status.node_id);

  assert.deepEqual((await owner.call('DELETE', `backups/${made.id}`)).json, { id: made.id, removed: true });
  assert.deepEqual((await owner.call('GET', 'backups')).json.data, [second]);
  assert.deepEqual(fs.readdirSync(path.join(node.home, 'backups')), [second.id]);
  for (const [method, route] of [['DELETE', ''], ['POST', '/archive'], ['POST', '/restore']]) {
    for (const id of [made.id, '..%2f..', 'new-x', 'bak_']) {
      const answer = await owner.call(method, `backups/${id}${route}`, method === 'POST' ? { password: ownerPassword } : undefined);
      assert.equal(answer.status, id.includes('..') ? 400 : 404, `${method} ${id}${route}: ${answer.text}`);
    }
  }
  for (const act of ['backup.asked', 'backup.created', 'backup.downloaded', 'backup.removed']) await audited(node, (entry) => entry.act === act && entry.subject === made.id);
}));

test('backups: the identity goes along only with the owner\'s password', () => withNode(async (node, owner) => {
  for (const [password, status] of [[undefined, 400], ['not the password', 400], [ownerPassword, 202]]) {
    const answer = await owner.call('POST', 'backups', { with_identity: true, password });
    assert.equal(answer.status, status, answer.text);
    if (status === 400) assert.equal(answer.json.error.param, 'password');
    else assert.equal((await ended((...args) => owner.call(...args), answer.json.id)).has_identity, true);
  }
  for (const [body, param] of [[{}, 'with_identity'], [{ with_identity: 'yes' }, 'with_identity'], [{ with_identity: false, more: 1 }, 'more'], [[], 'with_identity']]) {
    const refused = await owner.call('POST', 'backups', body);
    assert.deepEqual([refused.status, refused.json.error.param], [400, param], refused.text);
  }
  const kept = (await owner.call('GET', 'backups')).json.data;
  assert.equal(kept.length, 1);
  for (const [password, status] of [[undefined, 400], ['not the password', 400], [ownerPassword, 200]]) {
    assert.equal((await owner.call('POST', `backups/${kept[0].id}/archive`, { password })).status, status, 'nor is it downloaded without');
  }
  await audited(node, ({ act }) => act === 'password.refused');
}));

test('G10-122 a disk that is full is told, and no backup is begun', () => withNode(async (node, owner) => {
  // More than a file may be long: what a full disk answers in the middle of a write.
  const { stderr, code } = await run('prlimit', ['--pid', String(node.child.pid), '--fsize=8192:unlimited']);
  assert.equal(code, 0, stderr);
  const full = await owner.call('POST', 'backups', { with_identity: false });
  await run('prlimit', ['--pid', String(node.child.pid), '--fsize=unlimited:unlimited']);
  assert.deepEqual([full.status, full.json.error.code], [503, 'storage_failed'], full.text);
  assert.match(full.json.error.detail, /No backup was begun/);
  assert.deepEqual((await owner.call('GET', 'backups')).json.data, []);
  assert.equal((await backup(owner)).state, 'done');
}));

test('a backup that fails says why, and stays in the list until it is removed', () => withNode(async (node, owner) => {
  fs.writeFileSync(path.join(node.home, 'backups'), '');
  const failed = await begin(owner);
  fs.rmSync(path.join(node.home, 'backups'));
  assert.deepEqual([failed.state, failed.error?.code], ['failed', 'storage_failed'], JSON.stringify(failed));
  for (const route of ['archive', 'restore']) {
    const refused = await owner.call('POST', `backups/${failed.id}/${route}`, { password: ownerPassword });
    assert.deepEqual([refused.status, refused.json.error.code], [409, 'conflict'], route);
  }
  const made = await backup(owner);
  assert.deepEqual((await owner.call('GET', 'backups')).json.data, [made, failed]);
  assert.equal((await owner.call('POST', `backups/${failed.id}/cancel`)).status, 409);
  assert.equal((await owner.call('DELETE', `backups/${failed.id}`)).status, 200);
  assert.deepEqual((await owner.call('GET', 'backups')).json.data, [made]);
}));

test('a backup that was asked for is made, though the node is killed meanwhile', async () => {
  const home = path.join(folder, 'interrupted');
  for (let round = 0; round < 4; round += 1) {
    const node = await Node.start({ home, config: upstreamConfig(upstream.url) });
    const asked = await asOperator(node, 'POST', 'backups', { with_identity: false });
    assert.equal(asked.status, 202, asked.text);
    await node.kill();
    const again = await Node.start({ home });
    try {
      const made = await ended((...args) => asOperator(again, ...args), asked.json.id);
      assert.equal(made.state, 'done', made.error?.detail);
      assert.equal((await asOperator(again, 'GET', 'backups')).json.data.length, round + 1);
      assert.deepEqual(fs.readdirSync(home).filter((name) => name.startsWith('backup.')), []);
      assert.equal(fs.readdirSync(path.join(home, 'backups')).length, round + 1, 'nothing unfinished');
    } finally {
      await again.close();
    }
  }
});

test('restore: settings, keys and models come back; receipts, use and the audit log are not rolled back; every session ends', () => withNode(async (node, owner) => {
  const kept = await node.key({ name: 'kept' });
  const lost = await node.key({ name: 'lost' });
  const revoked = await node.key({ name: 'revoked' });
  assert.equal((await node.chat(kChat, kept.secret)).status, 200);
  assert.equal((await owner.call('POST', 'settings', { changes: { drain: '7s', 'models.aliases': { gpt: 'fake-instant' } } })).status, 200);
  const namesThen = await keyNames(node);
  const made = await backup(owner);

  // What happens after the backup.
  assert.equal((await node.chat(kChat, kept.secret)).status, 200);
  await node.key({ name: 'newer' });
  for (const key of [lost, revoked]) assert.equal((await asOperator(node, 'DELETE', `keys/${key.id}`)).status, 200);
  assert.equal((await owner.call('POST', 'settings', { changes: { drain: '9s', 'models.aliases': null } })).status, 200);
  const receiptsBefore = await receipts(node);
  const actsBefore = await acts(node);
  const usageBefore = (await asOperator(node, 'GET', 'usage')).json.data;
  const { stdout } = await node.cli(['wizard', 'url', '--with-token']);

  for (const password of [undefined, 'wrong password']) {
    const refused = await owner.call('POST', `backups/${made.id}/restore`, { password });
    assert.deepEqual([refused.status, refused.json.error.param], [400, 'password'], refused.text);
  }
  const before = agentFile(node);
  const answer = await owner.call('POST', `backups/${made.id}/restore`, { password: ownerPassword });
  assert.equal(answer.status, 202, answer.text);
  assert.equal(answer.json.restarting, true);
  await startedAgain(node, before);

  assert.equal((await owner.call('GET', 'status')).status, 401, 'sessions have ended');
  assert.equal((await owner.login()).status, 200, 'the password is the same');
  const settings = (await owner.call('GET', 'settings')).json.data;
  assert.equal(settings.find(({ name }) => name === 'drain').shown, '7s');
  assert.deepEqual(settings.find(({ name }) => name === 'models.aliases').value, { gpt: 'fake-instant' });
  assert.deepEqual(await keyNames(node), namesThen.filter((name) => !/^(lost|revoked)/.test(name)), 'a key that was revoked since stays revoked');
  assert.deepEqual(await receipts(node), receiptsBefore);
  assert.deepEqual((await asOperator(node, 'GET', 'usage')).json.data, usageBefore);
  const actsNow = await acts(node);
  assert.deepEqual(actsNow.slice(-actsBefore.length), actsBefore);
  assert.equal(actsNow.filter(({ act, subject }) => act === 'backup.restored' && subject === made.id).length, 1);
  assert.equal((await node.cli(['audit', 'verify'])).code, 0);
  assert.deepEqual(fs.readdirSync(node.home).filter((name) => name.startsWith('restore')), []);
  await node.ready('fake-instant');
  assert.equal((await node.chat({ ...kChat, model: 'gpt' }, kept.secret)).status, 200);
  const hashes = (await receipts(node)).map(({ receipt_hash }) => receipt_hash);
  assert.equal(new Set(hashes).size, hashes.length);
  // The setup token of now is the one that works.
  const opened = await request(node.url, { method: 'POST', path: '/setup/v1/setup-session', body: { token: /#token=(\S+)/.exec(stdout)[1] } });
  assert.equal(opened.status, 200, opened.text);
}));

test('restore: a backup that is not whole, of another node, or with settings that do not start is refused, and nothing is stopped', () => withNode(async (node, owner) => {
  const token = agentFile(node).operator_token;
  const restore = (id) => owner.call('POST', `backups/${id}/restore`, { password: ownerPassword });
  const shelf = path.join(node.home, 'backups');

  const damaged = await backup(owner);
  fs.appendFileSync(path.join(shelf, damaged.id, 'state.db'), 'x');
  const broken = await restore(damaged.id);
  assert.deepEqual([broken.status, broken.json.error.code], [500, 'data_corrupt'], broken.text);

  const other = await Node.start({ config: upstreamConfig(upstream.url) });
  try {
    const foreign = await operatorsBackup(other);
    fs.cpSync(path.join(other.home, 'backups', foreign.id), path.join(shelf, foreign.id), { recursive: true });
    const refused = await restore(foreign.id);
    assert.deepEqual([refused.status, refused.json.error.code], [409, 'conflict']);
    assert.match(refused.json.error.detail, /b3iq-host restore .* --home/);
  } finally {
    await other.close();
  }

  fs.writeFileSync(path.join(folder, 'otlp'), 'a: b\n', { mode: 0o600 });
  assert.equal((await owner.call('POST', 'settings', { changes: { 'telemetry.otlp_endpoint': 'http://127.0.0.1:1', 'telemetry.otlp_headers_file': path.join(folder, 'otlp') } })).status, 200);
  const gone = await backup(owner);
  assert.equal((await owner.call('POST', 'settings', { changes: { 'telemetry.otlp_endpoint': null, 'telemetry.otlp_headers_file': null } })).status, 200);
  fs.rmSync(path.join(folder, 'otlp'));
  const unstartable = await restore(gone.id);
  assert.deepEqual([unstartable.status, unstartable.json.error.code], [409, 'conflict'], unstartable.text);
  assert.match(unstartable.json.error.detail, /otlp/);

  assert.equal(await node.healthy(), true);
  assert.equal(agentFile(node).operator_token, token);
  assert.deepEqual(fs.readdirSync(node.home).filter((name) => name.startsWith('restore')), []);
}));

test('restore: kill -9 in its middle leaves the old state or the new one; the next start finishes it', async () => {
  const home = path.join(folder, 'killed');
  for (let round = 0; round < 6; round += 1) {
    const node = await Node.start({ home, config: upstreamConfig(upstream.url) });
    const name = `round-${round}`;
    assert.equal((await asOperator(node, 'POST', 'settings', { changes: { 'limits.queue': 10 + round } })).status, 200);
    assert.equal((await node.cli(['keys', 'create', '--name', name])).code, 0);
    const made = await operatorsBackup(node);
    assert.equal((await node.cli(['keys', 'create', '--name', `${name}-after`])).code, 0);
    assert.equal((await asOperator(node, 'POST', 'settings', { changes: { 'limits.queue': 500 } })).status, 200);
    assert.equal((await asOperator(node, 'POST', `backups/${made.id}/restore`, {})).status, 202);
    if (round > 0) await until(() => node.ended || agentFile(node).draining || !fs.existsSync(path.join(home, 'restore.pending')), 20_000, 'the drain');
    if (round > 2) await until(() => !fs.existsSync(path.join(home, 'restore.pending')), 20_000, 'the restore');
    node.child.kill('SIGKILL');
    await node.exit;
    await node.close();

    const next = await Node.start({ home });
    const queue = (await asOperator(next, 'GET', 'settings')).json.data.find((setting) => setting.name === 'limits.queue').value;
    assert.equal(queue, 10 + round, 'it was ordered, so it is done');
    const names = await keyNames(next);
    assert.ok(names.includes(name) && !names.includes(`${name}-after`), names.join());
    assert.equal((await acts(next)).filter(({ act, subject }) => act === 'backup.restored' && subject === made.id).length, 1);
    assert.deepEqual(fs.readdirSync(home).filter((entry) => entry.startsWith('restore')), []);
    await next.close();
  }
});

test('restore: a command that finds an unfinished restore finishes it before it opens the home', async () => {
  const home = path.join(folder, 'offline');
  const node = await Node.start({ home, config: upstreamConfig(upstream.url) });
  const made = await operatorsBackup(node);
  assert.equal((await node.cli(['keys', 'create', '--name', 'after'])).code, 0);
  assert.equal((await asOperator(node, 'POST', `backups/${made.id}/restore`, {})).status, 202);
  node.child.kill('SIGKILL');
  await node.exit;
  await node.close();
  if (fs.existsSync(path.join(home, 'restore.pending'))) {
    const refused = await run(hostBin, ['backup', path.join(folder, 'half'), '--home', home]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /restore waits/i);
  }
  const list = await run(hostBin, ['keys', 'list', '--home', home, '--json']);
  assert.equal(list.code, 0, list.stderr);
  assert.deepEqual(list.json.data, []);
  assert.equal(fs.existsSync(path.join(home, 'restore.pending')), false);
});
