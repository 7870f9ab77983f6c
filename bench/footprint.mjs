// (d) Memory of an idle node without its worker, and the time from start to the first /health.
import { b3iq, get, nginxPlain, Party, hostBin, freePort, sleep, startUpstream } from './parties.mjs';
import { residentKiB } from './process_cost.mjs';

const kSettleMs = 2_000;

// ms from spawn to the first 200, asked again as soon as a connection fails.
async function coldStart(start, port, target) {
  const begin = process.hrtime.bigint();
  const party = start();
  for (;;) {
    try {
      const answer = await get(port, target);
      if (answer.status > 0) break;
    } catch { /* not yet */ }
    if (party.exit) throw new Error(`${party.name} ended: ${party.output}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const ms = Number(process.hrtime.bigint() - begin) / 1e6;
  await party.stop();
  return ms;
}

export async function footprint(rows, { rounds, say }) {
  say('(d) idle memory and cold start');
  const upstream = await startUpstream();
  const ours = await b3iq({ upstreamPort: upstream.port, folder: 'b3iq-idle' });
  const nginx = await nginxPlain(upstream.port);
  await sleep(kSettleMs);
  rows.add({
    name: 'd: idle memory of the agent, no worker', ours: residentKiB(ours.pid) / 1024, opponent: residentKiB(nginx.pid) / 1024,
    opponentName: 'nginx (master + worker)', unit: 'MiB', goal: '<= 20 (aim 8)', met: (mine) => mine <= 20,
  });
  const { home } = ours;
  await Promise.all([ours.stop(), nginx.stop()]);

  const oursMs = [];
  const nginxMs = [];
  for (let i = 0; i < Math.max(5, rounds * 3); i += 1) {
    const port = await freePort();
    oursMs.push(await coldStart(
      () => new Party('b3iq-host', [hostBin, 'serve', '--listen', `127.0.0.1:${port}`], { env: { B3IQ_HOME: home }, port }), port, '/health'));
    const conf = nginx.child.spawnargs.slice(nginx.child.spawnargs.indexOf('nginx'));
    nginxMs.push(await coldStart(() => new Party('nginx', conf, {}), nginx.port, '/v1/models'));
  }
  rows.add({
    name: 'd: cold start to /health', ours: oursMs, opponent: nginxMs, opponentName: 'nginx', unit: 'ms', goal: '<= 50 (aim 20)', met: (mine) => mine <= 50,
    note: 'with prlimit and taskset in front, about 2 ms',
  });
  await upstream.stop();
}
