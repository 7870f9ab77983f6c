// (a) The local API over an instant upstream, all checks on, one core; (e) the same with a prompt of 400 KB.
import { syncProbe } from './durable.mjs';
import { fixedRate, wrk, writeBody } from './load.mjs';
import { b3iq, luaMissing, nginxLua, nginxPlain, portkey, portkeyMissing, startUpstream } from './parties.mjs';
import { median } from './stats.mjs';

const kConnections = 64;
const kFixedRate = 1_000;  // requests/s on one connection for the latency cells
const kBigPrompt = 400 * 1024;
const kBigConnections = 16;

const sum = (cells) => cells.reduce((total, cell) => total + cell.errors, 0);

export async function localApi(rows, { rounds, seconds, say }) {
  const upstream = await startUpstream();
  const ours = await b3iq({ upstreamPort: upstream.port });
  const { keyFile } = ours;
  const direct = { name: 'direct', port: upstream.port };
  const nginx = await nginxPlain(upstream.port);
  const lua = luaMissing ? undefined : await nginxLua(upstream.port, keyFile);
  const other = portkeyMissing ? undefined : await portkey(upstream.port);
  if (luaMissing) rows.skip('nginx + Lua', luaMissing);
  if (portkeyMissing) rows.skip('Portkey', portkeyMissing);
  const body = writeBody('chat.json', {
    model: upstream.model, messages: [{ role: 'user', content: 'What is the capital of France?' }], temperature: 0, max_tokens: 64,
  });
  const parties = [ours, nginx, lua, other].filter(Boolean);
  const many = new Map(parties.map((party) => [party, []]));
  const single = new Map([direct, ours, nginx, lua].filter(Boolean).map((party) => [party, []]));
  for (const party of parties) await wrk(party, { connections: kConnections, seconds: 1, body, keyFile });
  for (let round = 0; round < rounds; round += 1) {
    say(`(a) round ${round + 1} of ${rounds}`);
    for (const [party, cells] of many) cells.push(await wrk(party, { connections: kConnections, seconds, body, keyFile }));
    for (const [party, cells] of single) cells.push(await fixedRate(party, { rate: kFixedRate, seconds, body, keyFile }));
  }
  report(rows, { ours, nginx, lua, other, direct, many, single, disk: syncProbe(seconds, 1) });
  await bigPrompt(rows, { rounds, seconds, say, ours, nginx, upstream, keyFile });
  await Promise.all([...parties, upstream].map((party) => party.stop()));
}

function report(rows, { ours, nginx, lua, other, direct, many, single, disk }) {
  const rate = (party) => many.get(party).map((cell) => cell.rate);
  const cpu = (party) => many.get(party).map((cell) => cell.cpu_us);
  const errors = sum(many.get(ours)) + sum(single.get(ours));
  const clean = errors === 0;
  const note = clean ? '' : `${errors} failed requests`;
  const name = `a: chat JSON, one core, ${kConnections} connections`;
  rows.add({
    name: `${name}: rate`, ours: rate(ours), opponent: rate(nginx), opponentName: 'nginx proxy_pass, no checks', unit: 'req/s',
    goal: '>= 0.6 (aim 0.9)', met: (_, __, ratio) => clean && ratio >= 0.6, note,
  });
  if (lua) {
    rows.add({
      name: `${name}: rate`, ours: rate(ours), opponent: rate(lua), opponentName: 'nginx + Lua (key, JSON, usage)', unit: 'req/s', goal: '> 1',
      met: (_, __, ratio) => clean && ratio > 1,
    });
  }
  if (other) {
    rows.add({
      name: `${name}: rate`, ours: rate(ours), opponent: rate(other), opponentName: 'Portkey', unit: 'req/s', goal: '>= 20 (aim 100)',
      met: (_, __, ratio) => clean && ratio >= 20, note: sum(many.get(other)) ? `Portkey failed ${sum(many.get(other))} requests` : '',
    });
  }
  rows.add({ name: `${name}: CPU per request`, ours: cpu(ours), opponent: cpu(nginx), opponentName: 'nginx proxy_pass, no checks', unit: 'us' });
  if (lua) rows.add({ name: `${name}: CPU per request`, ours: cpu(ours), opponent: cpu(lua), opponentName: 'nginx + Lua', unit: 'us' });
  for (const point of ['p50_us', 'p99_us']) {
    const base = median(single.get(direct).map((cell) => cell[point]));
    const added = (party) => single.get(party).map((cell) => Math.max(1, cell[point] - base));
    rows.add({
      name: `a: added ${point.slice(0, 3)} at 1 connection, ${kFixedRate} req/s`, ours: added(ours), opponent: added(nginx), opponentName: 'nginx', unit: 'us',
      goal: '<= 2 (aim 1)', met: (_, __, ratio) => clean && ratio <= 2, note: `direct ${base} us; one durable write of this disk alone ${disk[point].toFixed(0)} us`,
    });
  }
}

async function bigPrompt(rows, { rounds, seconds, say, ours, nginx, upstream, keyFile }) {
  const word = 'The quick brown fox jumps over the lazy dog. ';
  const body = writeBody('big.json', {
    model: upstream.model, messages: [{ role: 'user', content: word.repeat(Math.ceil(kBigPrompt / word.length)).slice(0, kBigPrompt) }],
  });
  const cells = new Map([[ours, []], [nginx, []]]);
  for (let round = 0; round < rounds; round += 1) {
    say(`(e) round ${round + 1} of ${rounds}`);
    for (const [party, list] of cells) list.push(await wrk(party, { connections: kBigConnections, seconds, body, keyFile }));
  }
  const errors = sum(cells.get(ours));
  rows.add({
    name: 'e: prompt of 400 KB, 16 connections: rate', ours: cells.get(ours).map((cell) => cell.rate), opponent: cells.get(nginx).map((cell) => cell.rate),
    opponentName: 'nginx', unit: 'req/s', goal: '>= 0.5', met: (_, __, ratio) => errors === 0 && ratio >= 0.5, note: errors ? `${errors} failed requests` : '',
  });
  rows.add({
    name: 'e: prompt of 400 KB: CPU per request', ours: cells.get(ours).map((cell) => cell.cpu_us), opponent: cells.get(nginx).map((cell) => cell.cpu_us),
    opponentName: 'nginx', unit: 'us',
  });
}
