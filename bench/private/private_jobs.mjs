// (v) Private jobs per second from customers to an instant runtime and back, on SQLite and on PostgreSQL, and where the time goes. Beside
// it, in the same rounds: plain local chats through the same node, from the same load with as many connections. Everybody has all cores;
// the processor time of each is counted. Requests are sealed before the clock starts and answers opened after it has stopped.
import fs from 'node:fs';
import path from 'node:path';
import { calmDisk } from '../fleet/disk_alone.mjs';
import { postgresMissing, startPostgres } from '../fleet/postgres.mjs';
import { JsonLines } from '../json_lines.mjs';
import { benchDir, workDir } from '../parties.mjs';
import { cpuNs } from '../process_cost.mjs';
import { perfMissing, timeShares } from '../profile.mjs';
import { median } from '../stats.mjs';
import { PrivateNetwork, allCores } from './private_network.mjs';

const kCustomers = [1, 16, 48];  // a node has at most 64 commands that wait, and does 12 at once
const kSealedPerSecond = 1_000;  // a run ends when they are used up
const kDatabase = 'private_jobs';

let runs = 0;

function load({ network, customers }, mode, count, seconds) {
  runs += 1;
  const file = path.join(workDir, `customers-${runs}.json`);
  fs.writeFileSync(file, JSON.stringify({
    mode, seconds, salt: runs, requests: Math.ceil((seconds + 1) * kSealedPerSecond), customers: customers.slice(0, count), model: network.model,
    planePort: network.plane.port, nodePort: network.node.port, secret: network.node.secret, nodeId: network.nodeId, binding: network.binding,
  }), { mode: 0o600 });
  return new JsonLines('customers', [process.execPath, path.join(benchDir, 'private/customers.mjs'), file], { core: allCores });
}

const kCosts = ['plane', 'node', 'upstream', 'server'];

function cpuOf({ network }) {
  const { plane, node, upstream, server } = network;
  return { plane: cpuNs(plane.pid), node: cpuNs(node.pid), upstream: cpuNs(upstream.pid), server: server ? cpuNs(server.pid) : 0 };
}

// { rate, and per one of them, in us: plane, node, upstream, server, load, whole (without the load) }
async function measure(side, mode, count, seconds) {
  const running = load(side, mode, count, seconds);
  await running.event('begun');
  const before = cpuOf(side);
  await running.event('ended');
  const after = cpuOf(side);
  const figures = await running.figures();
  if (figures.done === 0) throw new Error(`no answer in ${seconds} s`);
  const cell = { rate: figures.done / figures.seconds, load: figures.cpu_us / figures.done, whole: 0, figures };
  for (const name of kCosts) {
    cell[name] = (after[name] - before[name]) / 1000 / figures.done;
    cell.whole += cell[name];
  }
  return cell;
}

function report(rows, side, { count, jobs, chats }) {
  const of = (cells, pick) => cells.map(pick);
  const mid = (pick, cells = jobs) => median(of(cells, pick));
  const ms = (name, share, cells = jobs) => mid((cell) => cell.figures[name][share], cells).toFixed(2);
  const what = `${side.name}, ${count} customer${count === 1 ? '' : 's'}`;
  const opponentName = 'local chats, same node';
  const ranOut = jobs.some((cell) => cell.figures.ran_out) ? '; the sealed requests were used up' : '';
  rows.add({
    name: `v: private jobs, ${what}`, ours: of(jobs, (cell) => cell.rate), opponent: of(chats, (cell) => cell.rate), opponentName, unit: '/s',
    note: `a job p50 ${ms('ms', 'p50')} ms, p99 ${ms('ms', 'p99')} ms; a chat p50 ${ms('ms', 'p50', chats)} ms, p99 ${ms('ms', 'p99', chats)} ms${ranOut}`,
  });
  rows.add({
    name: `v: time of a private job, ${what}`, ours: of(jobs, (cell) => cell.figures.ms.mean), opponent: of(chats, (cell) => cell.figures.ms.mean), opponentName, unit: 'ms',
    note: `mean; by the clocks in it: until the node runs it ${ms('dispatched', 'mean')} ms (queued durably, and told so, after ` +
      `${ms('queued_ms', 'mean')} ms), at the runtime ${ms('ran', 'mean')} ms, from then to its customer ${ms('returned', 'mean')} ms`,
  });
  const cost = (name, cells = jobs) => mid((cell) => cell[name], cells).toFixed(0);
  rows.add({
    name: `v: CPU per private job, ${what}`, ours: of(jobs, (cell) => cell.whole), opponent: of(chats, (cell) => cell.whole), opponentName, unit: 'us',
    note: `control plane ${cost('plane')}${side.network.server ? `, PostgreSQL ${cost('server')}` : ''}, node ${cost('node')}, runtime ${cost('upstream')} us; ` +
      `of a chat: node ${cost('node', chats)}, runtime ${cost('upstream', chats)} us; not in it: the customers ${cost('load')} us a job, ${cost('load', chats)} us a chat`,
  });
}

async function profile(rows, side, count, seconds) {
  for (const [name, party] of [['control plane', side.network.plane], ['node', side.network.node]]) {
    if (perfMissing) {
      rows.skip(`v: where the ${name}'s time goes, ${side.name}`, perfMissing);
      continue;
    }
    try {
      const shares = await timeShares(party.pid, () => measure(side, 'jobs', count, seconds));
      const percent = (share) => Number((share * 100).toFixed(1));
      const own = shares.find(([kind]) => kind === 'own code')?.[1] ?? 0;
      rows.add({
        name: `v: own code's share of the ${name}'s time, ${side.name}, ${count} customers`, ours: percent(own), unit: '%',
        note: `perf: ${shares.map(([kind, share]) => `${kind} ${percent(share)} %`).join(', ')}`,
      });
    } catch (error) {
      rows.skip(`v: where the ${name}'s time goes, ${side.name}`, error.message);
    }
  }
}

async function makeSides(rows, say) {
  const sides = [{ name: 'SQLite', network: await PrivateNetwork.start('sqlite') }];
  if (postgresMissing) {
    rows.skip('v: private jobs on PostgreSQL', postgresMissing);
  } else {
    const server = await startPostgres({ core: allCores });
    server.create(kDatabase);
    sides.push({ name: 'PostgreSQL', network: await PrivateNetwork.start('postgres', { server, database: kDatabase }) });
  }
  for (const side of sides) {
    say(`(v) ${side.name}: ${kCustomers.at(-1)} customers`);
    side.customers = [];
    for (let i = 0; i < kCustomers.at(-1); i += 1) side.customers.push(await side.network.customer());
  }
  return sides;
}

export async function privateJobs(rows, { rounds, seconds, quick, say }) {
  const sides = await makeSides(rows, say);
  for (const count of kCustomers) {
    const cells = sides.map((side) => ({ side, count, jobs: [], chats: [] }));
    if (!quick) calmDisk(workDir);
    for (let round = 0; round < rounds; round += 1) {
      say(`(v) ${count} customers: round ${round + 1} of ${rounds}`);
      for (const cell of cells) {
        cell.jobs.push(await measure(cell.side, 'jobs', count, seconds));
        cell.chats.push(await measure(cell.side, 'chats', count, seconds));
      }
    }
    for (const cell of cells) report(rows, cell.side, cell);
  }
  for (const side of sides) {
    say(`(v) ${side.name}: where the time goes`);
    await profile(rows, side, kCustomers.at(-1), seconds);
    side.network.checkLedger();
  }
  for (const side of sides) await side.network.stop();
  for (const side of sides) await side.network.server?.away();
}
