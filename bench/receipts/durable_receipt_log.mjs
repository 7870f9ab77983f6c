// (u) Durable receipts per second into the receipt log: signed receipts by the real route, one, ten and a hundred a request, into a
// control plane that is alone on one core, on SQLite and on PostgreSQL. Beside it, on the same core, disk and server: plain INSERTs of
// the same rows, a request's rows a commit and as many rows a commit as the control plane makes of many requests. Beside its processor
// time: libsodium's verification of as many signatures. At the end it is killed under load; what was acknowledged must be in the log.
import fs from 'node:fs';
import path from 'node:path';
import { ControlHome, startControlPlane } from '../fleet/control_plane.mjs';
import { calmDisk } from '../fleet/disk_alone.mjs';
import { sqlite, sqliteMissing } from '../fleet/fleet_database.mjs';
import { FleetSim, enroll, refusals, simWords, verifyRate } from '../fleet/fleet_sim.mjs';
import { postgresMissing, startPostgres } from '../fleet/postgres.mjs';
import { get, loadCore, partyCore, sleep, workDir } from '../parties.mjs';
import { perfMissing, timeShares } from '../profile.mjs';
import { cpuNs } from '../process_cost.mjs';
import { median } from '../stats.mjs';
import { plainInsertProgram, postgresInserts, sqliteInserts } from './plain_inserts.mjs';

const kNodes = 256;
// Many requests under way where each is small.
const kShapes = [{ batch: 1, connections: 256 }, { batch: 10, connections: 64 }, { batch: 100, connections: 16 }];
const kClientsOfRequests = [16, 64, 128];  // of an opponent that commits each request's rows
const kClientsOfGroups = [1, 2, 4, 8];     // of one that commits many requests' rows at once
const kDatabase = 'receipt_log';

function bring(side, shape, seconds, words = []) {
  const { home } = side;
  return new FleetSim([
    'receipts', ...simWords(home, kNodes), '--audience', home.id, '--batch', shape.batch, '--connections', shape.connections, '--seconds', seconds, ...words,
  ], { core: loadCore });
}

// How often the log's edge was locked, which is once a commit, and how many receipts are in it.
function logEdge(side) {
  const query = 'SELECT batches, tree_size FROM receipt_log';
  const text = side.server ? side.server.sql(kDatabase, query) : sqlite(side.home.databaseFile, query);
  const [commits, size] = text.trim().split('|').map(Number);
  return { commits, size };
}

async function measure(side, shape, seconds) {
  const before = { edge: logEdge(side), cpu: cpuNs(side.plane.pid), server: side.server ? cpuNs(side.server.pid) : 0 };
  const figures = await bring(side, shape, seconds).figures();
  const commits = logEdge(side).commits - before.edge.commits;
  side.acknowledged += figures.receipts;
  side.errors += refusals(figures) + figures.lost + figures.receipts_refused;
  const perReceipt = (ns) => ns / 1000 / Math.max(1, figures.receipts);
  return {
    rate: figures.receipts / figures.seconds, shared: figures.receipts / Math.max(1, commits), cpu_us: perReceipt(cpuNs(side.plane.pid) - before.cpu),
    server_cpu_us: side.server ? perReceipt(cpuNs(side.server.pid) - before.server) : 0, p50_ms: figures.latency_ms.p50, p99_ms: figures.latency_ms.p99, figures,
  };
}

// One size of requests: who takes part, and how.
async function prepareCell(side, shape, seconds) {
  const first = await measure(side, shape, seconds);  // not counted: it tells how many receipts share a commit
  side.opponent ??= side.server ? postgresInserts(side.server, first.figures.document_bytes) : sqliteInserts(first.figures.document_bytes);
  const group = Math.max(1, Math.round(first.shared));
  return {
    shape, group, signedBytes: first.figures.signed_bytes, ours: [], asRequests: [], asGroups: [], alone: [],
    requestClients: await side.opponent.prepare(shape.batch, kClientsOfRequests, seconds), groupClients: await side.opponent.prepare(group, kClientsOfGroups, seconds),
  };
}

async function measureCell(side, cell, seconds) {
  cell.alone.push(await verifyRate(partyCore, seconds / 2, cell.signedBytes));
  cell.asRequests.push(await side.opponent.insert(cell.shape.batch, seconds, cell.requestClients));
  cell.ours.push(await measure(side, cell.shape, seconds));
  cell.asGroups.push(await side.opponent.insert(cell.group, seconds, cell.groupClients));
}

function reportCell(rows, side, cell) {
  const { batch, connections } = cell.shape;
  const of = (name) => cell.ours.map((one) => one[name]);
  const what = `${side.name}, ${batch} a request`;
  const tried = (clients) => (clients.tried ? `; tried: ${clients.tried}` : '');
  rows.add({
    name: `u: durable receipts into the log, ${what}`, ours: of('rate'), opponent: cell.asRequests, opponentName: `${side.opponent.opponentName}, ${batch} a commit`,
    unit: 'receipts/s', note: `${connections} connections, ${median(of('shared')).toFixed(0)} receipts a commit; a request p50 ${median(of('p50_ms')).toFixed(1)} ms, ` +
      `p99 ${median(of('p99_ms')).toFixed(1)} ms${tried(cell.requestClients)}`,
  });
  rows.add({
    name: `u: the same, ${what}`, ours: of('rate'), opponent: cell.asGroups, opponentName: `${side.opponent.opponentName}, ${cell.group} a commit`,
    unit: 'receipts/s', note: `what the database alone would take in the control plane's groups${tried(cell.groupClients)}`,
  });
  const signatures = 1 + 1 / batch;  // the receipt's, and its part in the request's
  const verifying = cell.alone.map((one) => one.cpu_us * signatures);
  rows.add({
    name: `u: CPU of the control plane per receipt, ${what}`, ours: of('cpu_us'), opponent: verifying,
    opponentName: `libsodium ${cell.alone[0].libsodium}, ${signatures} verifications`, unit: 'us',
    note: `verification by this ${((median(verifying) / median(of('cpu_us'))) * 100).toFixed(0)} % of it` +
      (side.server ? `; ${side.server.version} ${median(of('server_cpu_us')).toFixed(1)} us on core ${loadCore}` : ''),
  });
}

async function profile(rows, side, shape, seconds) {
  if (perfMissing) {
    rows.skip(`u: where the time goes, ${side.name}`, perfMissing);
    return;
  }
  let shares;
  try {
    shares = await timeShares(side.plane.pid, () => measure(side, shape, seconds));
  } catch (error) {
    rows.skip(`u: where the time goes, ${side.name}`, error.message);
    return;
  }
  const percent = (share) => Number((share * 100).toFixed(1));
  rows.add({
    name: `u: libsodium's share of the control plane's time, ${side.name}, ${shape.batch} a request`, ours: percent(shares.find(([kind]) => kind.includes('libsodium'))?.[1] ?? 0),
    unit: '%', note: `perf: ${shares.map(([kind, share]) => `${kind} ${percent(share)} %`).join(', ')}`,
  });
}

async function killAndLook(rows, side, shape, seconds) {
  const sim = bring(side, shape, seconds, ['--until-lost']);
  // It signs first: the kill comes when receipts have begun to arrive.
  const before = logEdge(side).size;
  while (logEdge(side).size === before && !sim.exit) await sleep(20);
  await sleep(seconds * 500);
  await side.plane.stop('SIGKILL');
  const figures = await sim.figures();
  side.acknowledged += figures.receipts;
  const started = performance.now();
  side.plane = await startControlPlane(side.home, { core: partyCore, port: side.home.port });
  const ready = performance.now() - started;
  const checkpoint = await get(side.home.port, '/v1/log/checkpoint');  // which recomputes the root before it signs
  const size = Number(checkpoint.text.split('\n')[1]);
  const lost = Math.max(0, side.acknowledged - size);
  rows.add({
    name: `u: receipts that were acknowledged and are not in the log, ${side.name}`, ours: lost, unit: 'receipts', goal: '0',
    met: () => lost === 0 && side.errors === 0 && checkpoint.status === 200 && figures.receipts > 0,
    note: `${side.acknowledged} acknowledged, ${figures.receipts} of them before a SIGKILL under load; ${size} in the log; ${side.errors} failed before it; ready again after ${ready.toFixed(0)} ms`,
  });
}

async function makeSides(say) {
  const sides = [{ name: 'SQLite', home: new ControlHome('receipts-sqlite') }];
  if (!postgresMissing) {
    const server = await startPostgres();
    server.create(kDatabase);
    sides.push({ name: 'PostgreSQL', server, home: new ControlHome('receipts-postgres', { database: server.uriOf(kDatabase) }) });
  }
  for (const side of sides) {
    Object.assign(side, { acknowledged: 0, errors: 0 });
    side.plane = await startControlPlane(side.home, { core: partyCore });
    say(`(u) ${side.name}: ${kNodes} nodes enroll`);
    await enroll(side.home, kNodes);
  }
  return sides;
}

export async function durableReceiptLog(rows, { rounds, seconds, quick, say }) {
  const missing = sqliteMissing ?? (fs.existsSync(plainInsertProgram) ? undefined : `not built: ${path.basename(plainInsertProgram)}`);
  if (missing) {
    rows.skip('part u', missing);
    return;
  }
  if (postgresMissing) rows.skip('u: receipts on PostgreSQL', postgresMissing);
  const sides = await makeSides(say);
  for (const shape of kShapes) {
    const cells = [];
    for (const side of sides) cells.push(await prepareCell(side, shape, seconds));
    if (!quick) calmDisk(workDir);
    for (let round = 0; round < rounds; round += 1) {
      say(`(u) ${shape.batch} a request: round ${round + 1} of ${rounds}`);
      for (const [i, side] of sides.entries()) await measureCell(side, cells[i], seconds);
    }
    for (const [i, side] of sides.entries()) reportCell(rows, side, cells[i]);
  }
  for (const side of sides) {
    say(`(u) ${side.name}: where the time goes, and a kill`);
    for (const shape of [kShapes[0], kShapes.at(-1)]) await profile(rows, side, shape, seconds);
    await killAndLook(rows, side, kShapes[1], seconds);
  }
  await Promise.all(sides.map((side) => side.plane.stop()));
  await Promise.all(sides.map((side) => side.server?.away()));
}
