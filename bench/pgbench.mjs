// pgbench as an opponent: a script of transactions, as fast as they go, at the number of clients that suits it best.
import { postgresProgram } from './fleet/postgres.mjs';
import { Party } from './parties.mjs';

const kThreads = 2;

// { rate, cpu_us } of the transactions of `script` for whole `seconds`; the server's time is not in it.
export async function pgbench({ uri, script, clients, seconds, variables = {}, core }) {
  const words = [
    postgresProgram('pgbench'), '-n', '-M', 'prepared', '-c', clients, '-j', Math.min(kThreads, clients), '-T', Math.max(1, Math.round(seconds)),
    ...Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`]), '-f', script, uri,
  ].map(String);
  const party = new Party('pgbench', ['bash', '-c', 'TIMEFORMAT="cpu: %U %S"; time "$@"', 'bash', ...words], { core });
  const closed = new Promise((resolve) => party.child.once('close', resolve));
  const { code } = await party.ended;
  await closed;
  const rate = Number(/^tps = ([0-9.]+)/m.exec(party.output)?.[1] ?? 0);
  const done = Number(/^number of transactions actually processed: ([0-9]+)/m.exec(party.output)?.[1] ?? 0);
  const failed = Number(/^number of failed transactions: ([0-9]+)/m.exec(party.output)?.[1] ?? 0);
  const cpu = /^cpu: ([0-9.]+) ([0-9.]+)/m.exec(party.output);
  if (code !== 0 || done === 0 || failed > 0) throw new Error(`pgbench ended with ${code}: ${party.output.slice(-2000)}`);
  return { rate, count: done, cpu_us: ((Number(cpu[1]) + Number(cpu[2])) * 1e6) / done };
}

// The best of `ways`, each tried once: { way, tried }, where `tried` says in words what each made.
export async function bestOf(ways, run) {
  const rates = [];
  for (const way of ways) rates.push((await run(way)).rate);
  const way = ways[rates.indexOf(Math.max(...rates))];
  return { way, tried: ways.map((one, i) => `${one.name} ${Math.round(rates[i])}`).join(', ') };
}
