// (i) What a scraper of /metrics costs the calls beside it, and what a scrape takes under load.
import { fixedRate, writeBody } from './load.mjs';
import { b3iq, get, nginxPlain, sleep, startUpstream } from './parties.mjs';

const kEveryMs = 100;
const kRate = 1_000;

// Asks for `page` every kEveryMs until `stop` is called: milliseconds of each.
function scraper(party, page, headers) {
  const took = [];
  let stopped = false;
  let bytes = 0;
  const running = (async () => {
    while (!stopped) {
      const begin = performance.now();
      const answer = await get(party.port, page, headers);
      const ms = performance.now() - begin;
      if (answer.status !== 200) throw new Error(`${party.name}: ${page} answered ${answer.status}`);
      bytes = answer.text.length;
      took.push(ms);
      await sleep(Math.max(0, kEveryMs - ms));
    }
  })();
  return async () => {
    stopped = true;
    await running;
    return { took, bytes };
  };
}

export async function scrape(rows, { rounds, seconds, say }) {
  const upstream = await startUpstream();
  const ours = await b3iq({ upstreamPort: upstream.port, folder: 'b3iq-scrape' });
  const nginx = await nginxPlain(upstream.port);
  const body = writeBody('scrape.json', { model: upstream.model, messages: [{ role: 'user', content: 'Hi' }] });
  const load = (party) => fixedRate(party, { rate: kRate, seconds, body, keyFile: ours.keyFile });
  const parties = [
    { party: ours, page: '/metrics', headers: { authorization: `Bearer ${ours.secret}` }, quiet: [], scraped: [], took: [] },
    { party: nginx, page: '/stub_status', headers: {}, quiet: [], scraped: [], took: [] },
  ];
  for (const { party } of parties) await load(party);
  for (let round = 0; round < rounds; round += 1) {
    say(`(i) round ${round + 1} of ${rounds}`);
    for (const each of parties) {
      each.quiet.push(await load(each.party));
      const stop = scraper(each.party, each.page, each.headers);
      each.scraped.push(await load(each.party));
      const { took, bytes } = await stop();
      each.took.push(...took);
      each.bytes = bytes;
    }
  }
  const [mine, theirs] = parties;
  const errors = parties.flatMap((each) => [...each.quiet, ...each.scraped]).reduce((sum, cell) => sum + cell.errors, 0);
  for (const point of ['p50_us', 'p99_us']) {
    rows.add({
      name: `i: ${point.slice(0, 3)} of calls, ${kRate} req/s, scraped every ${kEveryMs} ms`, ours: mine.scraped.map((cell) => cell[point]),
      opponent: mine.quiet.map((cell) => cell[point]), opponentName: 'the node, not scraped', unit: 'us', goal: '<= 1.1',
      met: (_, __, ratio) => errors === 0 && ratio <= 1.1, note: errors ? `${errors} failed requests` : '',
    });
  }
  rows.add({
    name: 'i: p99 of calls, scraped', ours: mine.scraped.map((cell) => cell.p99_us), opponent: theirs.scraped.map((cell) => cell.p99_us),
    opponentName: 'nginx, its status page asked as often', unit: 'us',
  });
  rows.add({
    name: 'i: a scrape under that load', ours: mine.took, opponent: theirs.took, opponentName: 'nginx stub_status', unit: 'ms', goal: '<= +5 ms',
    met: (one, other) => one <= other + 5, note: `${mine.bytes} bytes beside ${theirs.bytes}, each on a new connection`,
  });
  await Promise.all([ours, nginx, upstream].map((party) => party.stop()));
}
