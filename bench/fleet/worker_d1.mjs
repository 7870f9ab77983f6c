// (o) The same signed heartbeat as a Cloudflare Worker with D1 under miniflare (heartbeat_worker.mjs): workerd and its D1 on the disk,
// on the core that the control plane has in its rounds. Both check the signature and answer when the write is durable.
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { cpuNs } from '../process_cost.mjs';
import { Party, benchDir, freePort, get, partyCore, post, workDir } from '../parties.mjs';
import { ControlHome, startControlPlane } from './control_plane.mjs';
import { measureHeartbeats } from './durable_heartbeats.mjs';
import { enroll, saturate, simWords, refusals, simulator } from './fleet_sim.mjs';

const kNodes = 500;
const kConnections = 64;
const kNodesPerPost = 50;

export const workerMissing = fs.existsSync(path.join(benchDir, 'node_modules/miniflare/package.json'))
  ? undefined : 'bench/node_modules holds no miniflare (npm ci there)';

// The Worker enrolls without ado: it is given the keys of the fleet that the control plane enrolled.
async function startWorker(home) {
  const port = await freePort();
  const folder = path.join(workDir, 'worker-d1');
  fs.rmSync(folder, { recursive: true, force: true });
  const party = new Party('Worker with D1', [process.execPath, path.join(benchDir, 'fleet/worker_server.mjs'), String(port), folder, home.id], { port });
  await party.up(() => party.output.includes('takes requests'));
  const listed = spawnSync(simulator, ['nodes', ...simWords(home, kNodes).map(String)], { encoding: 'utf8' });
  const nodes = listed.stdout.trim().split('\n').map((line) => line.split(' '));
  for (let i = 0; i < nodes.length; i += kNodesPerPost) {
    const answer = await post(port, '/bench/nodes', JSON.stringify(nodes.slice(i, i + kNodesPerPost)));
    if (answer.status !== 200) throw new Error(`the worker enrolled no nodes: ${answer.status} ${answer.text}`);
  }
  return party;
}

export async function workerAndD1(rows, { rounds, seconds, say }) {
  if (workerMissing) {
    rows.skip('o: the heartbeat as a Worker with D1', workerMissing);
    return;
  }
  const home = new ControlHome('fleet-worker');
  const plane = await startControlPlane(home, { core: partyCore });
  await enroll(home, kNodes);
  const worker = await startWorker(home);
  const ours = [];
  const theirs = [];
  for (let round = 0; round < rounds; round += 1) {
    say(`(o) round ${round + 1} of ${rounds}`);
    ours.push(await measureHeartbeats(plane, { seconds, connections: kConnections, nodes: kNodes }));
    const before = cpuNs(worker.pid);
    const figures = await saturate({ ...home, credentialFile: home.credentialFile, port: worker.port }, kNodes, { seconds, connections: kConnections, 'signed-per-second': 5_000 });
    theirs.push({
      rate: figures.accepted_in_time / figures.seconds, cpu_us: (cpuNs(worker.pid) - before) / 1000 / Math.max(1, figures.accepted),
      errors: refusals(figures) + figures.lost, p50_ms: figures.latency_ms.p50, first: figures.first_refusal,
    });
  }
  const errors = [...ours, ...theirs].reduce((sum, one) => sum + one.errors, 0);
  const stored = JSON.parse((await get(worker.port, '/bench/sum')).text);
  const opponentName = 'Worker with D1, miniflare';
  rows.add({
    name: `o: durable signed heartbeats, one core, ${kConnections} connections`, ours: ours.map((one) => one.rate), opponent: theirs.map((one) => one.rate),
    opponentName, unit: '/s', goal: '>= 10', met: (mine, other, ratio) => ratio >= 10 && errors === 0,
    note: `${errors} failed ${theirs.find((one) => one.first)?.first ?? ''}; p50 ${ours.at(-1).p50_ms} ms beside ${theirs.at(-1).p50_ms} ms; D1 holds ${stored.nodes} nodes`,
  });
  rows.add({
    name: 'o: CPU per heartbeat', ours: ours.map((one) => one.cpu_us), opponent: theirs.map((one) => one.cpu_us), opponentName, unit: 'us',
  });
  await Promise.all([plane.stop(), worker.stop()]);
}
