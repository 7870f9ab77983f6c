// CASE G10-123 for the control plane: with one second per sync it acknowledges nothing before its sync, reads go on, what is too much is
// put off with 503 and Retry-After, and kill -9 loses nothing that was acknowledged.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlLoad } from './control_load.mjs';
import { LiveControl, noLimits } from './live_control.mjs';
import { request, until } from './node.mjs';
import { PaperNode } from './paper_node.mjs';
import { residentKiB } from './processes.mjs';
import { SlowDisk, kSyncMs, noSlowDisk } from './slow_disk.mjs';

// Timers may end a little early.
const kAfterASyncMs = kSyncMs - 20;
// Half of what reads would take that wait for a sync: those find one half done, on average.
const kReadMs = kSyncMs / 4;
const kSamplesApartMs = 50;
const kFewestSamples = 10;
const kConnections = 32;
const kCrowd = 3 * kConnections;
const kMostGrowthKiB = 64 * 1024;

async function timed(asking) {
  const began = performance.now();
  const answer = await asking();
  return { answer, ms: performance.now() - began };
}
const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A control plane on a disk of its own; both are gone afterwards.
async function onSlowDisk(config, body) {
  const disk = new SlowDisk();
  let control;
  try {
    control = await LiveControl.launch({ config, wrap: disk.wrap });
    await body(control, disk);
  } finally {
    disk.fast();
    await control?.close();
    disk.remove();
  }
}

async function enrolled(control, count) {
  const nodes = [];
  for (let i = 0; i < count; i += 1) nodes.push(await new PaperNode(control.url).enroll(await control.token()));
  return nodes;
}

// 503 says when to come again; the pause that it asks for, in milliseconds.
function pauseOf(answer, codes) {
  assert.equal(answer.status, 503, answer.text);
  assert.ok(codes.includes(answer.json?.error.code), answer.text);
  assert.match(answer.headers['retry-after'] ?? '', /^[1-9][0-9]?$/, answer.text);
  return Number(answer.headers['retry-after']) * 1_000;
}

// An acknowledged heartbeat is in the database: sent again it is a replay.
async function assertKept(control, heartbeats) {
  for (const sent of heartbeats) {
    const again = await request(control.url, sent);
    assert.equal(again.status, 409, `a heartbeat that was acknowledged is lost: ${again.text}`);
  }
}

test('G10-123 with one second per sync heartbeats are answered after their sync, reads at once, and then all is as before', { skip: noSlowDisk, timeout: 180_000 }, async (t) => {
  await onSlowDisk(noLimits, async (control, disk) => {
    const nodes = await enrolled(control, 8);
    const kept = [];
    disk.slow();
    let writing = true;
    const beating = Promise.all(nodes.map(async (node) => {
      for (let round = 0; round < 4; round += 1) {
        const { answer, ms } = await timed(() => node.heartbeat());
        if (answer.status !== 200) {
          pauseOf(answer, ['overloaded', 'storage_failed']);
          continue;
        }
        assert.ok(ms >= kAfterASyncMs, `answered after ${ms} ms: before its sync`);
        kept.push(answer.sent);
      }
    })).finally(() => { writing = false; });

    const read = {
      'GET /health/live': () => control.call('GET', '/health/live'),
      'GET /health/ready': () => control.call('GET', '/health/ready'),
      'GET nodes of the admin API': () => control.asAdmin('GET', 'nodes'),
      'GET one node of the admin API': () => control.asAdmin('GET', `nodes/${nodes[0].id}`),
      'GET nodes of the public API': () => control.public('nodes'),
    };
    const took = Object.fromEntries(Object.keys(read).map((name) => [name, []]));
    while (writing) {
      for (const [name, ask] of Object.entries(read)) {
        const { answer, ms } = await timed(ask);
        assert.equal(answer.status, 200, `${name}: ${answer.text}`);
        took[name].push(ms);
      }
      await after(kSamplesApartMs);
    }
    await beating;
    for (const [name, times] of Object.entries(took)) {
      assert.ok(times.length >= kFewestSamples, `only ${times.length} of ${name} while heartbeats waited`);
      const median = times.sort((a, b) => a - b)[times.length >> 1];
      t.diagnostic(`${name}: median ${median.toFixed(1)} ms, worst ${times.at(-1).toFixed(1)} ms of ${times.length}`);
      assert.ok(median < kReadMs, `${name} waits for syncs: ${times.map(Math.round)} ms`);
    }
    assert.ok(kept.length >= nodes.length, `${kept.length} heartbeats were acknowledged`);

    disk.fast();
    await until(async () => (await timed(() => nodes[0].heartbeat())).ms < kReadMs, 30_000, 'heartbeats as fast as before');
    for (const node of nodes) assert.equal((await node.heartbeat()).status, 200);
    await assertKept(control, kept);
    assert.equal(await control.ready(), true);
  });
});

test('G10-123 with one second per sync more callers than it takes get 503 with Retry-After, and every heartbeat is taken in the end', { skip: noSlowDisk, timeout: 240_000 }, async (t) => {
  const config = { limits: { ...noLimits.limits, connections: kConnections } };
  await onSlowDisk(config, async (control, disk) => {
    const nodes = await enrolled(control, kCrowd);
    const before = residentKiB(control.child.pid);
    let most = before;
    let taken = 0;
    let putOff = 0;
    let cut = 0;
    // The answer is 200 in the end; between its tries it waits as long as it is told.
    const beat = async (node) => {
      for (;;) {
        const { answer, ms } = await timed(() => node.heartbeat().catch((error) => error));
        most = Math.max(most, residentKiB(control.child.pid));
        if (answer.status === 200) {
          assert.ok(ms >= kAfterASyncMs, `answered after ${ms} ms: before its sync`);
          node.lastBeat = answer.sent;
          taken += 1;
          return;
        }
        if (answer instanceof Error) {
          // Refused while it still wrote: it may see the end of the connection before the answer.
          assert.ok(['ECONNRESET', 'EPIPE'].includes(answer.code), answer.stack);
          cut += 1;
          await after(kSyncMs);
        } else {
          putOff += 1;
          await after(pauseOf(answer, ['overloaded']));
        }
      }
    };
    disk.slow();
    await Promise.all(nodes.map(beat));
    t.diagnostic(`${taken} taken, ${putOff} put off, ${cut} cut; memory ${before} KiB before, ${most} KiB at most`);
    assert.equal(taken, kCrowd);
    assert.ok(putOff > 0, 'nobody was put off');
    assert.ok(most - before < kMostGrowthKiB, `it grew from ${before} to ${most} KiB`);
    disk.fast();
    await assertKept(control, nodes.map((node) => node.lastBeat));
    await until(async () => /^b3iq_control_writes_queued 0$/m.test(await control.metrics()), 30_000, 'no write to wait any more');
  });
});

test('G10-123 kill -9 on a disk of one second per sync: no acknowledged heartbeat, token, command or result is lost', { skip: noSlowDisk, timeout: 240_000 }, async (t) => {
  await onSlowDisk(noLimits, async (control, disk) => {
    const load = await new ControlLoad({ url: control.url, secret: await control.credential() }).enroll();
    disk.slow();
    load.start();
    await until(() => load.beats >= 2 * load.nodes.length && load.results.size > 0 && load.tokens.size > 0, 120_000, 'load on the slow disk');
    const crash = control.crash();
    load.stopping = true;
    await crash;
    await load.stop();
    disk.fast();
    await control.again();
    await load.check();
    const before = load.beats;
    load.start();
    await until(() => load.beats > before + 30, 60_000, 'load as before');
    await load.stop();
    await load.check();
    t.diagnostic(load.summary());
  });
});
