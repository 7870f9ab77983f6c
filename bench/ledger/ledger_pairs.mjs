// (t) Durable reserve+settle pairs per second of the control plane's ledger, on one hot account and on 10,000, beside pgbench with
// SELECT … FOR UPDATE on the same server and disk, which writes the same rows: as a script of statements, which the goal is about, and with
// each transaction sent at once, which few programs do. Everybody has all cores: PostgreSQL and who uses it share
// them. At the end a run is killed, every balance is recomputed, and every pair that was acknowledged must be there.
import fs from 'node:fs';
import path from 'node:path';
import { calmDisk } from '../fleet/disk_alone.mjs';
import { postgresMissing, startPostgres } from '../fleet/postgres.mjs';
import { JsonLines } from '../json_lines.mjs';
import { benchDir, binDir, loadCore, partyCore, sleep, waitFor, workDir } from '../parties.mjs';
import { bestOf, pgbench } from '../pgbench.mjs';
import { cpuNsOfServer } from '../process_cost.mjs';
import { median } from '../stats.mjs';

const kClients = 512;
const kManyAccounts = 10_000;
const kKilledAfter = 3_000;  // pairs
const kReapMs = 200;  // PostgreSQL's processes of connections that were closed
const kGoalOfHotAccount = 20;
const program = path.join(binDir, 'ledger_bench');
const allCores = [...new Set([loadCore, partyCore])].join(',');
const script = (name) => path.join(benchDir, 'ledger', name);

const kScripts = [
  { name: 'pgbench FOR UPDATE', file: 'for_update_pair.sql', hasGoal: true },
  { name: 'pgbench FOR UPDATE, pipelined', file: 'for_update_pair_pipelined.sql' },
];

// How many clients a script may have. Who waits for one row does not get more done by being many; who has 10,000 shares the log's syncs
// with many.
const ways = (accounts, file) => (accounts === 1 ? [1, 4, 16, 64] : [8, 16, 32, 64, 128]).map((clients) => ({
  name: `${clients} client${clients === 1 ? '' : 's'}`, file, clients,
}));

const ours = (command, side, words = []) =>
  new JsonLines(`ledger_bench ${command}`, [program, command, '--database', side.database, ...words], { core: allCores });

// What it cost beside the program's own time: the server's, where there is one.
async function withServer(server, run) {
  const before = server ? cpuNsOfServer(server.pid) : 0;
  const made = await run();
  await sleep(kReapMs);
  return { ...made, server_cpu_us: server ? (cpuNsOfServer(server.pid) - before) / 1000 / Math.max(1, made.count) : 0 };
}

const measure = (side, accounts, clients, seconds) => withServer(side.server, async () => {
  const figures = await ours('pairs', side, ['--accounts', accounts, '--clients', clients, '--seconds', seconds]).figures();
  side.pairs += figures.pairs;
  return { rate: figures.pairs / figures.seconds, count: figures.pairs, cpu_us: (figures.cpu_seconds * 1e6) / figures.pairs, shared: figures.orders / figures.batches };
});

const measureTheirs = (server, uri, accounts, way, seconds) => withServer(server, () =>
  pgbench({ uri, script: script(way.file), clients: way.clients, seconds, variables: { accounts }, core: allCores }));

// Killed in the middle of a run, then recomputed. Every settled pair has one payout row.
async function killAndVerify(side, accounts) {
  const killed = ours('pairs', side, ['--accounts', accounts, '--clients', kClients, '--seconds', 60]);
  const told = () => killed.lines.at(-1)?.acknowledged ?? 0;
  await waitFor(() => told() >= kKilledAfter || killed.exit, 'the run that is killed');
  await killed.stop('SIGKILL');
  await killed.closed;
  const acknowledged = told();
  const verifying = ours('verify', side);
  await verifying.closed;  // it ends with 1 where the ledger does not add up: that is a result
  const verified = verifying.lines.at(-1);
  if (!verified) throw new Error(`ledger_bench verify: ${verifying.output}`);
  const wanted = side.pairs + acknowledged;
  return {
    good: verified.holds && acknowledged > 0 && verified.payouts >= wanted,
    text: `recomputed ${verified.entries} entries in ${verified.seconds.toFixed(1)} s: ${verified.holds ? 'it adds up' : 'IT DOES NOT ADD UP'}; ` +
      `killed after ${acknowledged} acknowledged pairs, ${Math.max(0, wanted - verified.payouts)} lost`,
  };
}

async function makeSides(server, accounts) {
  const sides = [{ name: 'SQLite', database: path.join(workDir, `ledger-${accounts}.db`) }];
  if (server) {
    server.create(`ledger_${accounts}`);
    sides.push({ name: 'PostgreSQL', database: server.uriOf(`ledger_${accounts}`), server });
  }
  for (const side of sides) {
    await ours('fill', side, ['--accounts', accounts]).figures();
    Object.assign(side, { cells: [], cellsAsFew: [], pairs: 0 });
  }
  return sides;
}

async function measureAccounts(rows, server, accounts, { rounds, seconds, quick, say }) {
  const what = accounts === 1 ? 'one account' : `${accounts} accounts`;
  const sides = await makeSides(server, accounts);
  const opponents = [];
  let uri;
  if (server) {
    const database = `for_update_${accounts}`;
    server.create(database);
    uri = server.uriOf(database);
    server.sql(database, fs.readFileSync(script('for_update_schema.sql'), 'utf8'));
    say(`(t) ${what}: how many clients suit pgbench`);
    for (const one of kScripts) {
      const best = await bestOf(ways(accounts, one.file), (way) => measureTheirs(server, uri, accounts, way, seconds));
      opponents.push({ ...one, ...best, name: `${one.name}, ${best.way.name}`, cells: [] });
    }
  }
  if (!quick) calmDisk(workDir);
  for (let round = 0; round < rounds; round += 1) {
    say(`(t) ${what}: round ${round + 1} of ${rounds}`);
    for (const one of opponents) one.cells.push(await measureTheirs(server, uri, accounts, one.way, seconds));
    for (const side of sides) {
      side.cells.push(await measure(side, accounts, kClients, seconds));
      if (server) side.cellsAsFew.push(await measure(side, accounts, opponents.at(-1).way.clients, seconds));
    }
  }
  for (const side of sides) {
    const checked = await killAndVerify(side, accounts);
    report(rows, what, side, opponents, checked);
  }
}

const of = (cells, name) => cells.map((cell) => cell[name]);

function report(rows, what, side, opponents, checked) {
  const isHot = what === 'one account';
  for (const one of opponents.length > 0 ? opponents : [undefined]) {
    const goal = isHot && one?.hasGoal ? kGoalOfHotAccount : 0;
    rows.add({
      name: `t: durable reserve+settle pairs, ${what}, ${side.name}`, ours: of(side.cells, 'rate'), opponent: one && of(one.cells, 'rate'),
      opponentName: one?.name, unit: 'pairs/s', goal: goal > 0 ? `>= ${goal}, aim 100; none lost` : 'none lost',
      met: one && ((mine, other, ratio) => checked.good && ratio >= goal),
      note: `${kClients} clients, ${median(of(side.cells, 'shared')).toFixed(0)} orders a commit, ` +
        `${((kClients / median(of(side.cells, 'rate'))) * 1000).toFixed(1)} ms a pair; ${checked.text}${one ? `; pgbench tried: ${one.tried}` : ''}`,
    });
  }
  const strongest = opponents.at(-1);
  if (strongest) {
    rows.add({
      name: `t: the same with as many clients as pgbench, ${what}, ${side.name}`, ours: of(side.cellsAsFew, 'rate'),
      opponent: of(strongest.cells, 'rate'), opponentName: strongest.name, unit: 'pairs/s',
      note: `${median(of(side.cellsAsFew, 'shared')).toFixed(0)} orders a commit`,
    });
  }
  const whole = (cell) => cell.cpu_us + cell.server_cpu_us;
  const parts = (cells) => `${median(of(cells, 'cpu_us')).toFixed(0)} + ${median(of(cells, 'server_cpu_us')).toFixed(0)}`;
  rows.add({
    name: `t: CPU per pair, ${what}, ${side.name}`, ours: side.cells.map(whole), opponent: strongest?.cells.map(whole),
    opponentName: strongest?.name, unit: 'us',
    note: `program + PostgreSQL: ours ${parts(side.cells)}${strongest ? `, pgbench ${parts(strongest.cells)}` : ''} us`,
  });
}

export async function ledgerPairs(rows, options) {
  if (!fs.existsSync(program)) {
    rows.skip('part t', `not built: ${path.basename(program)}`);
    return;
  }
  if (postgresMissing) rows.skip('t: PostgreSQL, and the opponent', postgresMissing);
  const server = postgresMissing ? undefined : await startPostgres({ core: allCores });
  for (const accounts of [1, kManyAccounts]) await measureAccounts(rows, server, accounts, options);
  await server?.away();
}
