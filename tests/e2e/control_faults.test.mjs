// CASES G10 and G12 (and G9-117, G9-118) for the control plane: what it acknowledged survives kill -9, a full disk and a stop under
// load; a copy is whole; and what is secret or private is in nothing that it writes or tells.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ControlLoad } from './control_load.mjs';
import { controlBin } from './control_plane.mjs';
import { LiveControl, noLimits } from './live_control.mjs';
import { request, run, until } from './node.mjs';
import { PaperNode, someReadiness } from './paper_node.mjs';
import { visibleText } from './processes.mjs';

const kKills = Number(process.env.B3IQ_E2E_KILLS ?? 4);
const folderFor = (name) => fs.mkdtempSync(path.join(os.tmpdir(), `b3iq-${name}-`));

test('G10-119 kill -9 under load: no acknowledged heartbeat, token, command or result is lost', { timeout: 240_000 }, async (t) => {
  const control = await LiveControl.launch({ config: noLimits });
  try {
    const load = await new ControlLoad({ url: control.url, secret: await control.credential() }).enroll();
    for (let round = 0; round < kKills; round += 1) {
      load.start();
      const before = load.beats;
      await until(() => load.beats > before + 30 && load.results.size > round, 60_000, 'load');
      const crash = control.crash();
      load.stopping = true;
      await crash;
      await load.stop();
      await control.again();
      await load.check();
    }
    t.diagnostic(load.summary());
  } finally {
    await control.close();
  }
});

test('G10-120 a torn tail of the log is repaired; a damaged database is refused and left alone', { timeout: 120_000 }, async () => {
  const control = await LiveControl.launch({ config: noLimits });
  try {
    const node = await new PaperNode(control.url).enroll(await control.token());
    assert.equal((await node.heartbeat()).status, 200);
    await control.crash();
    const file = path.join(control.home, 'control.db');
    if (fs.existsSync(`${file}-wal`)) fs.appendFileSync(`${file}-wal`, Buffer.concat([Buffer.alloc(1_000, 0x5a), Buffer.alloc(3_000)]));
    await control.again();
    assert.equal((await control.ask('GET', `nodes/${node.id}`)).boot_epoch, node.bootEpoch);
    await control.stop();
    const whole = fs.readFileSync(file);
    for (const [what, damage] of [
      ['a header of zeros', (bytes) => bytes.fill(0, 0, 100)],
      ['half of the file', (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ]) {
      const bytes = damage(Buffer.from(whole));
      fs.writeFileSync(file, bytes);
      for (const tail of ['-wal', '-shm']) fs.rmSync(file + tail, { force: true });
      const ended = await control.cli(['serve'], { timeoutMs: 20_000 });
      assert.ok(ended.code !== null && ended.code !== 0, `${what}: started or crashed: ${JSON.stringify(ended)}`);
      assert.match(ended.stderr, /control\.db|database/i, what);
      assert.deepEqual(fs.readFileSync(file), bytes, `${what}: the evidence was changed`);
    }
  } finally {
    await control.close();
  }
});

const noMount = (() => {
  const folder = folderFor('mount');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return false;
  } catch {
    return 'this user may mount nothing';
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
})();

test('G10-122 on a full disk nothing is acknowledged unrecorded, reading goes on, and it resumes', { skip: noMount, timeout: 120_000 }, async () => {
  const mount = folderFor('full');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'none', mount]);
  const home = path.join(mount, 'home');
  fs.mkdirSync(home, { mode: 0o700 });
  let control;
  try {
    control = await LiveControl.launch({ home, config: noLimits });
    const node = await new PaperNode(control.url).enroll(await control.token());
    const filler = path.join(mount, 'filler');
    const fd = fs.openSync(filler, 'w');
    try { for (;;) fs.writeSync(fd, Buffer.alloc(4_096, 1)); } catch (error) { assert.equal(error.code, 'ENOSPC'); }
    fs.closeSync(fd);
    const tokens = new Set();
    let last;
    let failed;
    for (let i = 0; i < 20_000 && !failed; i += 1) {
      const beat = await node.heartbeat();
      if (beat.status === 200) last = beat.sent;
      else failed = beat;
      const made = await control.asAdmin('POST', 'enrollment-tokens', { note: 'x'.repeat(100) });
      if (made.status === 200) tokens.add(made.json.token.id);
    }
    assert.equal(failed?.status, 503, failed?.text);
    assert.equal((await request(control.url, { path: '/health/live' })).status, 200, 'it stays up');
    const unready = await request(control.url, { path: '/health/ready' });
    assert.equal(unready.status, 503);
    assert.deepEqual(unready.json.reasons, ['database_not_writable']);
    assert.equal((await control.asAdmin('GET', `nodes/${node.id}`)).status, 200, 'reading goes on');
    fs.rmSync(filler);
    await until(async () => (await node.heartbeat()).status === 200, 20_000, 'heartbeats after space was freed');
    await until(() => control.ready(), 30_000, 'readiness');
    if (last) assert.equal((await request(control.url, last)).status, 409);
    await control.crash();
    await control.again();
    const kept = new Set();
    for (let before = ''; before !== null;) {
      const page = await control.ask('GET', `enrollment-tokens?limit=500${before && `&before=${before}`}`);
      for (const token of page.data) kept.add(token.id);
      before = page.next_before;
    }
    assert.deepEqual([...tokens].filter((id) => !kept.has(id)), []);
  } finally {
    await control?.stop();
    execFileSync('umount', ['-l', mount]);
    fs.rmSync(mount, { recursive: true, force: true });
  }
});

test('G10-125 a backup under load is whole to one point, and a home is not overwritten by it', { timeout: 180_000 }, async () => {
  const control = await LiveControl.launch({ config: noLimits });
  const folder = path.join(folderFor('backup'), 'copy');
  const home = path.join(path.dirname(folder), 'restored');
  let restored;
  try {
    const load = await new ControlLoad({ url: control.url, secret: await control.credential() }).enroll();
    load.start();
    await until(() => load.beats > 30 && load.results.size > 3, 60_000, 'load');
    const before = { tokens: new Set(load.tokens), results: new Map(load.results), commands: new Set(load.commands) };
    const made = await control.cli(['backup', folder]);
    await load.stop();
    assert.equal(made.code, 0, made.stderr);
    for (const name of fs.readdirSync(folder)) assert.equal(fs.statSync(path.join(folder, name)).mode & 0o077, 0, `${name} is private`);
    const again = await control.cli(['restore', folder]);
    assert.notEqual(again.code, 0, 'a home in use is not overwritten');
    assert.notEqual((await control.cli(['backup', folder])).code, 0, 'a backup is not overwritten');
    await control.stop();
    const done = await run(controlBin, ['--home', home, 'restore', folder]);
    assert.equal(done.code, 0, done.stderr);
    restored = await LiveControl.launch({ home, config: { listen: `127.0.0.1:${control.port}` } });
    Object.assign(load, before);
    // Heartbeats behind the copy are gone with it; what was acknowledged before it is there.
    for (const node of load.nodes) node.lastBeat = undefined;
    await load.check();
    for (const node of load.nodes) assert.equal((await node.heartbeat()).status, 200);
    const acts = (await restored.audit()).map((entry) => entry.act);
    assert.ok(acts.includes('control_plane.restored'), 'who restored it is in the log');
  } finally {
    await restored?.close();
    await control.close();
    fs.rmSync(path.dirname(folder), { recursive: true, force: true });
  }
});

test('G10-128 SIGTERM during 100 long polls answers them, refuses new work and exits 0', { timeout: 120_000 }, async () => {
  const control = await LiveControl.launch({ config: noLimits });
  try {
    const nodes = await Promise.all(Array.from({ length: 100 }, async () => new PaperNode(control.url).enroll(await control.token())));
    const waiting = async () => Number(/^b3iq_control_polls_waiting ([0-9]+)/m.exec(await control.metrics())[1]);
    const polls = nodes.map((node) => node.poll({ wait: 25 }));
    await until(async () => await waiting() === nodes.length, 20_000, 'every poll to wait');
    const began = Date.now();
    const ended = await control.stop();
    assert.deepEqual(ended, { code: 0, signal: null });
    assert.ok(Date.now() - began < 20_000, `it took ${Date.now() - began} ms`);
    for (const poll of await Promise.all(polls)) {
      assert.equal(poll.status, 200, poll.text);
      assert.deepEqual(poll.json.commands, []);
    }
    await assert.rejects(nodes[0].heartbeat());
  } finally {
    await control.close();
  }
});

test('G12-134 secrets are in no log, metric, error, argument or database, with logs at the level debug', { timeout: 120_000 }, async () => {
  const control = await LiveControl.launch({ config: { ...noLimits, log: { level: 'debug' } } });
  try {
    const secrets = [control.secret, await control.credential(), await control.token(), await control.token()];
    const node = await new PaperNode(control.url).enroll(secrets[2]);
    await node.heartbeat();
    await new PaperNode(control.url).challenge(secrets[2]);
    for (const bad of [`${secrets[1]}x`, secrets[3]]) await control.asAdmin('GET', 'nodes', undefined, bad);
    const told = [];
    for (const [method, target] of [['POST', `commands?x=${secrets[1]}`], ['GET', `nodes/${secrets[3]}`], ['GET', `nodes?after=${secrets[1]}`]])
      told.push((await control.asAdmin(method, target, method === 'POST' ? { node_id: secrets[3] } : undefined)).text);
    told.push((await request(control.url, { path: '/metrics', headers: { authorization: `Bearer ${secrets[1]}` } })).text);
    assert.match(told.at(-1), /^b3iq_/m);
    told.push(control.log, visibleText(control.child.pid), JSON.stringify(await control.audit()));
    told.push((await control.cli(['config', 'show'])).stdout, (await control.cli(['admin', 'tokens', 'list'])).stdout);
    await control.stop();
    told.push(control.log);
    for (const name of fs.readdirSync(control.home).filter((one) => one.startsWith('control.db')))
      told.push(fs.readFileSync(path.join(control.home, name), 'latin1'));
    for (const [i, secret] of secrets.entries()) {
      const core = secret.slice(-49, -6);
      for (const [j, text] of told.entries()) {
        // A path or a value that the caller sent comes back to that caller alone.
        if (j < 3 && text.includes(core)) continue;
        assert.ok(!text.includes(core), `secret ${i} in text ${j}`);
      }
    }
    const master = fs.readFileSync(path.join(control.home, 'secrets', fs.readdirSync(path.join(control.home, 'secrets')).find((name) => name.includes('router'))));
    for (const text of told) assert.ok(!text.includes(master.toString('latin1').trim()), 'the router master key');
  } finally {
    await control.close();
  }
});

test('G12-135 nothing that a caller sends becomes a label of a metric', { timeout: 60_000 }, async () => {
  const control = await LiveControl.launch({ config: noLimits });
  try {
    const node = await new PaperNode(control.url).enroll(await control.token());
    const visit = async (i) => {
      const mark = `mark${i}${crypto.randomBytes(4).toString('hex')}`;
      await request(control.url, { path: `/${mark}`, headers: { 'user-agent': mark, host: `${mark}.example` } });
      await request(control.url, { method: 'PURGE', path: `/v1/public/nodes/${mark}` });
      await control.public(`nodes/${new PaperNode(control.url).id}/route-readiness?model=${mark}`);
      await control.asAdmin('GET', `nodes/${mark}`);
      node.readiness = { ...someReadiness, models: [{ ...someReadiness.models[0], model_id: mark }] };
      assert.equal((await node.heartbeat()).status, 200);
      assert.equal((await node.putInventory()).status, 200);
    };
    const series = (text) => text.split('\n').filter((line) => /^b3iq_/.test(line)).map((line) => line.replace(/ \S+$/, '')).sort();
    await visit(0);
    const first = series(await control.metrics());
    for (let i = 1; i <= 20; i += 1) await visit(i);
    const text = await control.metrics();
    assert.deepEqual(series(text), first, 'no series more');
    assert.ok(first.length > 10);
    assert.doesNotMatch(text, /mark[0-9]|b3n_/);
  } finally {
    await control.close();
  }
});

test('G9-117 the public API tells the fields of its schema, and nothing that a node or an operator keeps to itself', { timeout: 60_000 }, async () => {
  const control = await LiveControl.launch({ config: noLimits });
  try {
    const mark = `mark${crypto.randomBytes(8).toString('hex')}`;
    const node = new PaperNode(control.url);
    node.inventory = { ...node.inventory, cpu: { ...node.inventory.cpu, model: `CPU ${mark}` }, os: { ...node.inventory.os, name: mark, kernel: mark } };
    node.readiness = { ...someReadiness, models: [...someReadiness.models, { ...someReadiness.models[0], model_id: `/home/ada/${mark}.gguf` }] };
    await node.enroll(await control.token({ note: `note ${mark}`, tags: [mark] }));
    await node.heartbeat();
    const put = await node.putInventory();
    assert.equal(put.status, 400, put.text);  // a name that is a path is no model of the network
    node.readiness = someReadiness;
    assert.equal((await node.putInventory()).status, 200);
    await node.heartbeat();
    const command = await control.queue(node.id, 'model_install', { catalogue_id: mark.slice(0, 20) });
    await control.ask('POST', `nodes/${node.id}/suspension`, { reason: `reason ${mark}` });
    const allowed = {
      'network': ['control_plane_id', 'generated_at', 'models_offered', 'nodes_enrolled', 'nodes_online'],
      'nodes': ['data', 'next_after', 'object'],
      'models': ['data', 'next_after', 'object'],
      [`nodes/${node.id}`]: ['last_heartbeat_at', 'liveness', 'models', 'node_id', 'public_inference_enabled', 'public_key_ed25519', 'status', 'suspended'],
      [`nodes/${node.id}/transport-key`]: ['node_id', 'transport_key'],
      [`nodes/${node.id}/route-readiness?model=paper-1b`]: ['blockers', 'checked_at', 'model_id', 'node_id', 'ready'],
    };
    for (const [target, members] of Object.entries(allowed)) {
      const answer = await control.public(target);
      assert.equal(answer.status, 200, `${target}: ${answer.text}`);
      assert.deepEqual(Object.keys(answer.json).sort(), members, target);
      assert.ok(!answer.text.includes(mark), `${target} tells what is private`);
      assert.ok(!answer.text.includes(command.id), `${target} tells of commands`);
      assert.doesNotMatch(answer.text, /inventory|queue_depth|tags|reason|\/home/, target);
      assert.match(answer.headers['cache-control'], /max-age=[0-9]+/);
      const unchanged = await request(control.url, { path: `/v1/public/${target}`, headers: { 'if-none-match': answer.headers.etag } });
      assert.equal(unchanged.status, 304, target);
    }
    const card = (await control.public(`nodes/${node.id}`)).json;
    assert.equal(card.suspended, true);
    assert.deepEqual(card.models.map((model) => model.model_id), ['paper-1b']);
    assert.equal((await control.public('nodes?limit=100000')).status, 400);
    assert.equal((await control.public(`nodes/${new PaperNode(control.url).id}`)).status, 404);
  } finally {
    await control.close();
  }
});

test('G9-118 an audit entry that was edited, or taken out, is found, in the log and in an export', { timeout: 120_000 }, async () => {
  const { DatabaseSync } = await import('node:sqlite');
  const control = await LiveControl.launch({ config: noLimits });
  const file = path.join(folderFor('audit'), 'export.jsonl');
  try {
    for (let i = 0; i < 5; i += 1) await control.token({ note: `n${i}` });
    assert.equal((await control.admin('audit', 'verify')).holds, true);
    const exported = await control.cli(['admin', 'audit', 'export', '--out', file]);
    assert.equal(exported.code, 0, exported.stderr);
    const lines = fs.readFileSync(file, 'utf8').trim().split('\n');
    assert.equal((await control.cli(['admin', 'audit', 'verify', '--file', file])).code, 0);
    const write = (kept) => fs.writeFileSync(file, `${kept.join('\n')}\n`);
    for (const kept of [
      lines.with(2, lines[2].replace('"operator"', '"mallory"')), lines.toSpliced(2, 1), lines.with(2, lines[3]).with(3, lines[2]), lines.slice(1),
    ]) {
      write(kept);
      const verdict = await control.cli(['admin', 'audit', 'verify', '--file', file]);
      assert.notEqual(verdict.code, 0, `taken as whole: ${verdict.stdout}`);
    }
    await control.stop();
    const database = new DatabaseSync(path.join(control.home, 'control.db'));
    const table = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '%audit%'").all()[0].name;
    const changed = database.prepare(`UPDATE ${table} SET actor = 'mallory' WHERE seq = 3`).run();
    assert.equal(Number(changed.changes), 1);
    database.close();
    await control.again();
    const verdict = await control.ask('GET', 'audit/verification');
    assert.deepEqual([verdict.holds, verdict.first_broken_seq], [false, 3]);
    assert.notEqual((await control.cli(['admin', 'audit', 'verify'])).code, 0);
  } finally {
    await control.close();
    fs.rmSync(path.dirname(file), { recursive: true, force: true });
  }
});
