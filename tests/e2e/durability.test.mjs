// CASES G10: what was acknowledged survives kill -9, a full disk, a slow disk and a stop under load.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { b3iqOf } from './verify_receipt.mjs';
import { isAlive } from './processes.mjs';
import { checkError } from './shapes.mjs';
import { Node, hostBin, longChat, run, until, upstreamConfig } from './node.mjs';
import { SlowDisk, noSlowDisk } from './slow_disk.mjs';
import { Upstream } from './upstream.mjs';

const kKills = Number(process.env.B3IQ_E2E_KILLS ?? 6);
const question = [{ role: 'user', content: 'Hi' }];
let upstream;

before(async () => { upstream = await Upstream.start(); });
after(() => upstream?.close());

async function allReceipts(node, secret) {
  const hashes = new Set();
  let before;
  for (;;) {
    const answer = await node.get(`/v1/receipts?limit=100${before ? `&before=${before}` : ''}`, secret);
    assert.equal(answer.status, 200, answer.text);
    for (const entry of answer.json.data) hashes.add(entry.receipt_hash);
    if (!answer.json.has_more) return hashes;
    before = answer.json.next_before;
  }
}

test('G10-119 kill -9 under load: no acknowledged receipt, key, revocation or budget is lost', { timeout: 240_000 }, async () => {
  const node = await Node.start({ config: upstreamConfig(upstream.url) });
  try {
    await node.ready('fake-instant');
    const key = await node.key({ name: 'load', scope: ['chat', 'models', 'receipts'], budgetRequests: 1_000_000, budgetPeriod: 'total' });
    const acknowledged = new Set();
    const keys = new Map();  // id → revoked
    for (let round = 0; round < kKills; round += 1) {
      let stopping = false;
      const client = async (stream) => {
        while (!stopping) {
          try {
            const answer = await node.chat({ model: 'fake-instant', messages: question, stream }, key.secret);
            if (answer.status === 200 && (!stream || answer.text.endsWith('data: [DONE]\n\n'))) acknowledged.add(b3iqOf(answer.bytes).receipt_hash);
          } catch { /* cut by the kill: nothing was promised */ }
        }
      };
      const keyMaker = async () => {
        for (let i = 0; !stopping; i += 1) {
          const made = await node.cli(['keys', 'create', '--name', `round-${round}-${i}`, '--json']);
          if (made.code !== 0 || stopping) return;
          keys.set(made.json.id, false);
          const revoked = await node.cli(['keys', 'revoke', made.json.id]);
          if (revoked.code !== 0) return;
          keys.set(made.json.id, true);
        }
      };
      const load = [...Array.from({ length: 16 }, (_, i) => client(i % 2 === 1)), keyMaker()];
      await new Promise((resolve) => setTimeout(resolve, 150 + 100 * round));
      const crash = node.crash();
      stopping = true;
      await crash;
      await Promise.all(load);
      await node.serve();
      await node.ready('fake-instant');
      const kept = await allReceipts(node, key.secret);
      const lost = [...acknowledged].filter((hash) => !kept.has(hash));
      assert.deepEqual(lost, [], `round ${round}: ${lost.length} of ${acknowledged.size} acknowledged receipts are lost`);
    }
    assert.ok(acknowledged.size > 20 * kKills, `only ${acknowledged.size} receipts were acknowledged`);
    const listed = await node.cli(['keys', 'list', '--json']);
    const rows = listed.json.data;
    for (const [id, revoked] of keys) {
      const row = rows.find((one) => one.id === id);
      assert.ok(row, `key ${id} was acknowledged and is gone`);
      if (revoked) assert.equal(row.status, 'revoked', `the revocation of ${id} is lost`);
    }
    assert.ok(keys.size > 0, 'keys were made during the load');
    const usage = (await node.cli(['keys', 'usage', '--json'])).json.data;
    const used = usage.filter((row) => row.account === key.id).reduce((sum, row) => sum + row.requests, 0);
    assert.ok(used >= acknowledged.size, `${used} requests counted, ${acknowledged.size} acknowledged`);
  } finally {
    await node.close();
  }
});

test('G10-119 kill -9 of the agent takes its worker with it, mid-generation too', { timeout: 120_000 }, async () => {
  const node = await Node.start();
  try {
    await node.ready();
    const key = await node.key({ name: 'orphan' });
    for (let round = 0; round < 3; round += 1) {
      const workers = await until(() => (node.workers().length > 0 ? node.workers() : undefined), 20_000, 'a worker');
      const asks = Array.from({ length: 4 }, (_, i) => node.chat(longChat(i + 1), key.secret).catch(() => undefined));
      await new Promise((resolve) => setTimeout(resolve, 100));
      await node.crash();
      await Promise.all(asks);
      await until(() => !workers.some(isAlive), 3_000, 'the end of the worker');
      await node.serve();
      await node.ready();
    }
  } finally {
    await node.close();
  }
});

test('G10-120 a torn tail of the journal is repaired; a damaged database is refused by name and left alone', { timeout: 60_000 }, async () => {
  const node = await Node.start({ config: upstreamConfig(upstream.url) });
  try {
    await node.ready('fake-instant');
    const key = await node.key({ name: 'torn', scope: ['chat', 'receipts'] });
    const hashes = [];
    for (let i = 0; i < 20; i += 1) hashes.push(b3iqOf((await node.chat({ model: 'fake-instant', messages: question }, key.secret)).bytes).receipt_hash);
    await node.crash();
    const wal = path.join(node.home, 'state.db-wal');
    if (fs.existsSync(wal)) fs.appendFileSync(wal, Buffer.concat([Buffer.alloc(1_000, 0x5a), Buffer.alloc(3_000)]));
    await node.serve();
    await node.ready('fake-instant');
    const kept = await allReceipts(node, key.secret);
    for (const hash of hashes) assert.ok(kept.has(hash));
    await node.stop();

    const file = path.join(node.home, 'state.db');
    const whole = fs.readFileSync(file);
    for (const [what, damage] of [
      ['a header of zeros', (bytes) => bytes.fill(0, 0, 100)],
      ['half of the file', (bytes) => bytes.subarray(0, bytes.length >> 1)],
      ['random pages', (bytes) => { for (let at = 4096; at < bytes.length; at += 4096) bytes.fill(0xa5, at, at + 512); return bytes; }],
    ]) {
      const bytes = damage(Buffer.from(whole));
      fs.writeFileSync(file, bytes);
      for (const tail of ['-wal', '-shm']) fs.rmSync(file + tail, { force: true });
      const ended = await run(hostBin, ['serve', '--listen', '127.0.0.1:0'], { env: node.environment, timeoutMs: 10_000 });
      assert.ok(ended.code !== null && ended.code !== 0, `${what}: started or crashed: ${JSON.stringify(ended)}`);
      assert.match(ended.stderr + ended.stdout, /state\.db|database/i, what);
      assert.ok(fs.readFileSync(file).equals(bytes), `${what}: the damaged file was changed`);
    }
    fs.writeFileSync(file, whole);
    await node.serve();
  } finally {
    await node.close();
  }
});

const noMount = process.getuid() === 0 ? mountRefused() : 'needs root to mount a small file system';
function mountRefused() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-e2e-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return false;
  } catch {
    return 'mounting is not allowed here';
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

test('G10-122 on a full disk completions are refused clearly, nothing is acknowledged unrecorded, and it resumes', { skip: noMount, timeout: 120_000 }, async () => {
  const mount = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-e2e-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'none', mount]);
  const home = path.join(mount, 'home');
  fs.mkdirSync(home, { mode: 0o700 });
  let node;
  try {
    node = await Node.start({ home, config: upstreamConfig(upstream.url) });
    await node.ready('fake-instant');
    const key = await node.key({ name: 'full', scope: ['chat', 'models', 'receipts'] });
    const ask = () => node.chat({ model: 'fake-instant', messages: question }, key.secret);
    const acknowledged = [b3iqOf((await ask()).bytes).receipt_hash];
    const filler = path.join(mount, 'filler');
    const fd = fs.openSync(filler, 'w');
    try { for (;;) fs.writeSync(fd, Buffer.alloc(4_096, 1)); } catch (error) { assert.equal(error.code, 'ENOSPC'); }
    fs.closeSync(fd);
    let failed;
    for (let i = 0; i < 20_000 && !failed; i += 1) {
      const answer = await ask();
      if (answer.status === 200) acknowledged.push(b3iqOf(answer.bytes).receipt_hash);
      else failed = answer;
    }
    checkError(failed, 503, 'storage_failed');
    assert.equal((await node.request({ path: '/health' })).status, 200, 'the node stays up');
    assert.equal((await node.get('/v1/models', key.secret)).status, 200, 'reading goes on');
    const stream = await node.chat({ model: 'fake-instant', messages: question, stream: true }, key.secret);
    if (stream.status === 200) assert.doesNotMatch(stream.text, /\[DONE\]/, 'a stream without a durable receipt must not look finished');
    fs.rmSync(filler);
    await until(async () => (await ask()).status === 200, 10_000, 'completions again after space was freed');
    const kept = await allReceipts(node, key.secret);
    for (const hash of acknowledged) assert.ok(kept.has(hash), 'an acknowledged receipt is lost');
    await node.stop();
    await node.serve();
    const again = await allReceipts(node, key.secret);
    for (const hash of acknowledged) assert.ok(again.has(hash), 'an acknowledged receipt is lost after a restart');
  } finally {
    await node?.close();
    execFileSync('umount', ['-l', mount]);
    fs.rmSync(mount, { recursive: true, force: true });
  }
});

test('G10-123 with one second per sync the node answers late or with 503, and other requests go on', { skip: noSlowDisk, timeout: 120_000 }, async () => {
  const disk = new SlowDisk();
  const node = await Node.start({ config: upstreamConfig(upstream.url), wrap: disk.wrap });
  try {
    await node.ready('fake-instant');
    const key = await node.key({ name: 'slow', scope: ['chat', 'models', 'receipts'] });
    disk.slow();
    const begin = Date.now();
    const single = await node.chat({ model: 'fake-instant', messages: question }, key.secret);
    assert.ok(single.status !== 200 || Date.now() - begin >= 900, 'an answer waits for its receipt to be on the disk');
    const answers = Promise.all(Array.from({ length: 64 }, () => node.chat({ model: 'fake-instant', messages: question }, key.secret)));
    const read = Date.now();
    assert.equal((await node.get('/v1/models', key.secret)).status, 200);
    assert.ok(Date.now() - read < 500, `a read waited ${Date.now() - read} ms for a sync`);
    for (const answer of await answers) {
      if (answer.status !== 200) checkError(answer, 503);
    }
    assert.ok(Date.now() - begin < 30_000, 'syncs are shared');
    disk.fast();
    const kept = await allReceipts(node, key.secret);
    for (const answer of await answers) if (answer.status === 200) assert.ok(kept.has(answer.json.b3iq.receipt_hash));
  } finally {
    disk.fast();
    await node.close();
    disk.remove();
  }
});

test('G10-128 SIGTERM during 100 streams lets them end, refuses new work and exits 0', { timeout: 60_000 }, async () => {
  const node = await Node.start({ config: upstreamConfig(upstream.url) });
  try {
    await node.ready('fake-instant');
    const key = await node.key({ name: 'drain', scope: ['chat', 'receipts'] });
    const first = upstream.requests.length;
    const streams = Array.from({ length: 100 }, () => node.chat({ model: 'fake-paced', messages: question, stream: true }, key.secret));
    await until(() => upstream.requests.length === first + 100, 10_000, '100 streams');
    const stopped = node.stop();
    const answers = await Promise.all(streams);
    for (const answer of answers) assert.match(answer.text, /data: \[DONE\]\n\n$/, 'a stream was cut short');
    const late = await node.chat({ model: 'fake-instant', messages: question }, key.secret).catch(() => ({ status: 'closed' }));
    assert.ok([503, 'closed'].includes(late.status), `a late request got ${late.status}`);
    assert.deepEqual(await stopped, { code: 0, signal: null });
    await node.serve();
    const kept = await allReceipts(node, key.secret);
    for (const answer of answers) assert.ok(kept.has(b3iqOf(answer.bytes).receipt_hash));
  } finally {
    await node.close();
  }
});

test('G10-128 streams that do not end are told so at the drain deadline, and their use is settled', { timeout: 90_000 }, async () => {
  const node = await Node.start({ config: upstreamConfig(upstream.url) });
  try {
    await node.ready('fake-instant');
    const key = await node.key({ name: 'endless', scope: ['chat', 'receipts'] });
    const first = upstream.requests.length;
    const streams = Array.from({ length: 10 }, () =>
      node.chat({ model: 'fake-endless', messages: question, stream: true }, key.secret).catch((error) => ({ text: `cut: ${error.code}` })));
    await until(() => upstream.requests.length === first + 10, 10_000, '10 streams');
    const ended = await node.stop({ withinMs: 60_000 });
    assert.equal(ended.signal, null);
    for (const answer of await Promise.all(streams)) {
      assert.doesNotMatch(answer.text, /\[DONE\]/, 'a cut stream must not look finished');
      assert.match(answer.text, /shutting_down|cut: /, answer.text.slice(-300));
    }
    await node.serve();
    const page = await node.get('/v1/receipts?limit=100', key.secret);
    const cut = page.json.data.filter(({ receipt }) => receipt.model_id === 'fake-endless');
    assert.equal(cut.length, 10, 'each cut stream has its receipt');
    for (const { receipt } of cut) assert.ok(['cancelled', 'error'].includes(receipt.finish));
  } finally {
    await node.close();
  }
});
