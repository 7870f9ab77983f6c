// (w) What a private job and a sealed stream add to the same local chat: through `b3iq private proxy`, the control plane and the node,
// beside the node asked directly, one after the other in turns, from one client on one kept connection each. From a runtime that says a
// piece each kPaceMs, and from an instant one.
import { postgresMissing, startPostgres } from '../fleet/postgres.mjs';
import { Caller } from '../caller.mjs';
import { sleep } from '../parties.mjs';
import { percentile } from '../stats.mjs';
import { PrivateNetwork, allCores } from './private_network.mjs';

const kPaceMs = 20;
// A node brings pieces of all its jobs together, each 50 ms at the most: who asks again at once would wait for the last job's turn.
const kPauseMs = 100;
const kTarget = '/v1/chat/completions';

const kWhole = { name: 'whole', body: {} };
const kStream = { name: 'stream', body: { stream: true } };
const kPadded = { name: 'stream with padding', body: { stream: true, stream_options: { include_obfuscation: true } } };

const chatOf = (network, body) => ({ model: network.model, messages: [{ role: 'user', content: 'Which river flows through Bern?' }], max_tokens: 64, ...body });

// { first, whole, gaps, lags } in ms; of what is not streamed, `whole` alone. A piece is due when the runtime says it; an instant one says all at once.
async function ask(caller, network, { body }, paceMs) {
  await sleep(kPauseMs);
  if (!body.stream) return { whole: (await caller.call(chatOf(network, body))).ms };
  const { pieces, ms } = await caller.stream(chatOf(network, body));
  return {
    first: pieces[0], whole: ms,
    ...(paceMs > 0 && { gaps: pieces.slice(1).map((at, i) => at - pieces[i]), lags: pieces.map((at, i) => at - (i + 1) * paceMs) }),
  };
}

const kMeasures = [
  ['first', 'first content chunk'],
  ['gaps', 'between two chunks'],
  ['lags', 'a chunk, since the runtime said it'],
  ['whole', 'the whole answer'],
];

const sharesOf = (answers, name) => {
  const sorted = answers.flatMap((answer) => answer[name]).sort((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
};

function report(rows, where, way, cell) {
  const { ours, theirs } = cell;
  for (const [name, what] of kMeasures) {
    if (ours.flat()[0][name] === undefined) continue;
    const pooled = { ours: sharesOf(ours.flat(), name), theirs: sharesOf(theirs.flat(), name) };
    const added = (share) => (pooled.ours[share] - pooled.theirs[share]).toFixed(2);
    for (const share of ['p50', 'p99']) {
      // The median of the rounds, but a 99th percentile needs all of them.
      const of = (rounds, all) => (share === 'p50' ? rounds.map((round) => sharesOf(round, name).p50) : all.p99);
      rows.add({
        name: `w: ${way.name}, ${where}: ${what}, ${share}`, ours: of(ours, pooled.ours), opponent: of(theirs, pooled.theirs), opponentName: 'the node, asked directly',
        unit: 'ms', note: share === 'p50' ? `it adds ${added('p50')} ms at p50, ${added('p99')} ms at p99; ${ours.flat().length} answers each` : '',
      });
    }
  }
}

async function measure(rows, { name, paceMs, ways, count, server, database }, { rounds, say }) {
  const network = await PrivateNetwork.start(name, { server, database, paceMs });
  const proxy = await network.proxy();
  const where = `${server ? 'PostgreSQL' : 'SQLite'}, ${paceMs > 0 ? `50 chunks ${paceMs} ms apart` : 'instant'}`;
  const ours = new Caller(proxy, kTarget, { secret: proxy.secret });
  const theirs = new Caller(network.node, kTarget, { secret: network.node.secret });
  const cells = ways.map((way) => ({ way, ours: [], theirs: [] }));
  for (const way of ways) for (const caller of [ours, theirs]) await ask(caller, network, way, paceMs);  // not counted
  for (let round = 0; round < rounds; round += 1) {
    say(`(w) ${where}: round ${round + 1} of ${rounds}`);
    for (const cell of cells) {
      const answers = { ours: [], theirs: [] };
      for (let i = 0; i < count; i += 1) {
        answers.ours.push(await ask(ours, network, cell.way, paceMs));
        answers.theirs.push(await ask(theirs, network, cell.way, paceMs));
      }
      cell.ours.push(answers.ours);
      cell.theirs.push(answers.theirs);
    }
  }
  for (const cell of cells) report(rows, where, cell.way, cell);
  ours.close();
  theirs.close();
  await proxy.stop();
  await network.stop();
}

export async function privateChats(rows, options) {
  const { quick } = options;
  const instant = quick ? 10 : 100;
  const paced = quick ? 2 : 20;
  const sqlite = [
    { name: 'w-instant', paceMs: 0, ways: [kWhole, kStream, kPadded], count: instant },
    { name: 'w-paced', paceMs: kPaceMs, ways: [kStream, kPadded], count: paced },
  ];
  for (const one of sqlite) await measure(rows, one, options);
  if (postgresMissing) {
    rows.skip('w: private chats on PostgreSQL', postgresMissing);
    return;
  }
  const server = await startPostgres({ core: allCores });
  const postgres = [
    { name: 'w-postgres-instant', paceMs: 0, ways: [kWhole, kStream], count: instant },
    { name: 'w-postgres-paced', paceMs: kPaceMs, ways: [kStream], count: paced },
  ];
  for (const one of postgres) {
    const database = one.name.replaceAll('-', '_');
    server.create(database);
    await measure(rows, { ...one, server, database }, options);
  }
  await server.away();
}
