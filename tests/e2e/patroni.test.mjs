// A control plane on two PostgreSQL servers with Patroni and etcd: the leader is killed under load, the standby takes over, and nothing
// that was acknowledged is lost (the standby is synchronous; docs/operating/postgresql.md).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlLoad } from './control_load.mjs';
import { LiveControl, noLimits } from './live_control.mjs';
import { until } from './node.mjs';
import { PatroniPair, noPatroni } from './patroni_pair.mjs';

test('G10-119 kill -9 of the leader of two under load: the control plane goes on at the other, nothing acknowledged is lost', { skip: noPatroni(), timeout: 360_000 }, async (t) => {
  const pair = await PatroniPair.start();
  let control;
  try {
    control = await LiveControl.launch({ config: { ...noLimits, database: pair.uri } });
    const load = await new ControlLoad({ url: control.url, secret: await control.credential() }).enroll();
    load.start();
    try {
      await until(() => load.beats > 30 && load.results.size > 5, 60_000, 'load');
      const leader = await pair.leader();
      const began = Date.now();
      await leader.crash();
      const next = await pair.leader(leader);
      t.diagnostic(`a new leader after ${Date.now() - began} ms`);
      assert.notEqual(next, leader);
      const { beats } = load;
      await until(() => load.beats > beats + 30, 120_000, 'heartbeats at the new leader');
      t.diagnostic(`heartbeats again after ${Date.now() - began} ms`);
    } catch (error) {
      error.message += pair.logs();
      throw error;
    } finally {
      await load.stop();
    }
    await until(() => control.ready(), 60_000, 'the control plane to be ready');
    load.lastFailure = 'none';
    await load.check();
    t.diagnostic(`${load.summary()}; refused since: ${load.lastFailure}`);
  } finally {
    await control?.close();
    await pair.close();
  }
});
