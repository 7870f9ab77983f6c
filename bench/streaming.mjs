// (b) Streams: CPU per stream, first chunk, lag of every frame; and memory per open stream for (d).
import { streams, wrk, writeBody } from './load.mjs';
import { b3iq, nginxPlain, sleep, startUpstream } from './parties.mjs';
import { residentKiB } from './process_cost.mjs';
import { median } from './stats.mjs';

const kFirstChunkMs = 0.1;
const kFirstChunkPaceMs = 1;

function streamBody(upstream) {
  return writeBody(`stream-${upstream.port}.json`, {
    model: upstream.model, messages: [{ role: 'user', content: 'Tell me a story.' }], stream: true, max_tokens: 64,
  });
}

export async function instantStreams(rows, { rounds, seconds, say }) {
  const upstream = await startUpstream();
  const ours = await b3iq({ upstreamPort: upstream.port });
  const { keyFile } = ours;
  const nginx = await nginxPlain(upstream.port);
  const direct = { name: 'direct', port: upstream.port };
  const body = streamBody(upstream);
  const many = new Map([[ours, []], [nginx, []]]);
  const single = new Map([[direct, []], [ours, []], [nginx, []]]);
  for (const party of many.keys()) await wrk(party, { connections: 64, seconds: 1, body, keyFile });
  for (let round = 0; round < rounds; round += 1) {
    say(`(b) instant streams, round ${round + 1} of ${rounds}`);
    for (const [party, cells] of many) cells.push(await wrk(party, { connections: 64, seconds, body, keyFile }));
    for (const [party, cells] of single) cells.push(await streams(party, { connections: 1, seconds, body, keyFile }));
  }
  const errors = [...many.get(ours), ...single.get(ours)].reduce((total, cell) => total + cell.errors + (cell.lost ?? 0), 0);
  const note = errors ? `${errors} failed streams or lost frames` : '';
  const of = (map, party, pick) => map.get(party).map(pick);
  rows.add({
    name: 'b: CPU per stream of 51 events, 64 connections, no pauses', ours: of(many, ours, (c) => c.cpu_us), opponent: of(many, nginx, (c) => c.cpu_us),
    opponentName: 'nginx', unit: 'us', goal: '<= 1.3', met: (_, __, ratio) => errors === 0 && ratio <= 1.3, note,
  });
  rows.add({
    name: 'b: streams of 51 events, 64 connections, no pauses: rate', ours: of(many, ours, (c) => c.rate), opponent: of(many, nginx, (c) => c.rate),
    opponentName: 'nginx', unit: 'streams/s',
  });
  const direct50 = (cells) => `direct ${median(of(cells, direct, (c) => c.first_ms.p50)).toFixed(3)} ms`;
  rows.add({
    name: 'b: first chunk p50 at 1 connection, upstream in one burst', ours: of(single, ours, (c) => c.first_ms.p50),
    opponent: of(single, nginx, (c) => c.first_ms.p50), opponentName: 'nginx', unit: 'ms',
    note: `${direct50(single)}; the upstream's burst and the client share a core, see README`,
  });
  await Promise.all([ours, nginx, upstream].map((party) => party.stop()));
}

// The first chunk at one connection, from an upstream that pauses kFirstChunkPaceMs before each event: client and upstream share
// a core, and an upstream that writes its 51 events in one go keeps the client from running and reading the first of them.
export async function firstChunk(rows, { rounds, seconds, say }) {
  const upstream = await startUpstream(kFirstChunkPaceMs);
  const ours = await b3iq({ upstreamPort: upstream.port });
  const nginx = await nginxPlain(upstream.port);
  const direct = { name: 'direct', port: upstream.port };
  const body = streamBody(upstream);
  const cells = new Map([[direct, []], [ours, []], [nginx, []]]);
  const options = { connections: 1, seconds: Math.max(2, seconds), paceMs: kFirstChunkPaceMs, body, keyFile: ours.keyFile };
  for (const party of cells.keys()) await streams(party, options);
  for (let round = 0; round < rounds; round += 1) {
    say(`(b) first chunk, round ${round + 1} of ${rounds}`);
    for (const [party, list] of cells) list.push(await streams(party, options));
  }
  const first = (party) => cells.get(party).map((cell) => cell.first_ms.p50);
  const failed = cells.get(ours).reduce((total, cell) => total + cell.errors, 0);
  rows.add({
    name: `b: first chunk p50 at 1 connection, ${kFirstChunkPaceMs} ms between events`, ours: first(ours), opponent: first(nginx),
    opponentName: 'nginx', unit: 'ms', goal: `<= nginx + ${kFirstChunkMs} ms`, met: (mine, theirs) => failed === 0 && mine <= theirs + kFirstChunkMs,
    note: `direct ${median(first(direct)).toFixed(3)} ms${failed ? `; ${failed} failed streams` : ''}`,
  });
  await Promise.all([ours, nginx, upstream].map((party) => party.stop()));
}

// `connections` streams of 50 frames, one each `paceMs`, again and again.
async function paced(rows, { rounds, say, connections, paceMs, label, memory }) {
  const upstream = await startUpstream(paceMs);
  const ours = await b3iq({ upstreamPort: upstream.port });
  const { keyFile } = ours;
  const nginx = await nginxPlain(upstream.port);
  const direct = { name: 'direct', port: upstream.port };
  const body = streamBody(upstream);
  await sleep(500);
  const idle = new Map([[ours, residentKiB(ours.pid)], [nginx, residentKiB(nginx.pid)]]);
  const cells = new Map([[direct, []], [ours, []], [nginx, []]]);
  const seconds = Math.max(3, Math.ceil((2 * 50 * paceMs) / 1000));
  for (let round = 0; round < rounds; round += 1) {
    say(`(b) ${label}, round ${round + 1} of ${rounds}`);
    for (const [party, list] of cells) list.push(await streams(party, { connections, seconds, paceMs, body, keyFile }));
  }
  const of = (party, pick) => cells.get(party).map(pick);
  const bad = (cell) => cell.lost + cell.late + cell.errors;
  const lags = (party) => `${party.name} p99 ${median(of(party, (c) => c.lag_ms.p99)).toFixed(2)} ms, max ${Math.max(...of(party, (c) => c.lag_ms.max)).toFixed(1)} ms`;
  rows.add({
    name: `b: ${label}: frames lost or late by > 10 ms`, ours: of(ours, bad).reduce((a, b) => a + b, 0), opponent: of(nginx, bad).reduce((a, b) => a + b, 0),
    opponentName: 'nginx', unit: 'frames', goal: '0', met: (mine) => mine === 0,
    note: `of ${of(ours, (c) => c.frames).reduce((a, b) => a + b, 0)}; lag ${[ours, nginx, direct].map(lags).join('; ')}; ` +
      `direct lost or late ${of(direct, bad).reduce((a, b) => a + b, 0)}`,
  });
  rows.add({
    name: `b: ${label}: lag p99`, ours: of(ours, (c) => c.lag_ms.p99), opponent: of(nginx, (c) => c.lag_ms.p99), opponentName: 'nginx', unit: 'ms',
  });
  rows.add({
    name: `b: ${label}: first chunk p50`, ours: of(ours, (c) => c.first_ms.p50), opponent: of(nginx, (c) => c.first_ms.p50), opponentName: 'nginx',
    unit: 'ms', note: `direct ${median(of(direct, (c) => c.first_ms.p50)).toFixed(2)} ms`,
  });
  rows.add({
    name: `b: ${label}: CPU per stream`, ours: of(ours, (c) => c.cpu_us), opponent: of(nginx, (c) => c.cpu_us), opponentName: 'nginx', unit: 'us',
    goal: '<= 1.3', met: (_, __, ratio) => ratio <= 1.3,
  });
  if (memory) {
    const perStream = (party) => (cells.get(party)[0].resident_kib - idle.get(party)) / connections;
    rows.add({
      name: `d: memory per open stream at ${connections}`, ours: perStream(ours), opponent: perStream(nginx), opponentName: 'nginx', unit: 'KiB',
      goal: '<= 32 KB (aim 8)', met: (mine) => mine <= 32, note: `resident ${(cells.get(ours)[0].resident_kib / 1024).toFixed(1)} MiB with the streams open`,
    });
  }
  await Promise.all([ours, nginx, upstream].map((party) => party.stop()));
}

export async function pacedStreams(rows, options) {
  const rounds = Math.min(3, options.rounds);
  await paced(rows, { ...options, rounds, connections: 512, paceMs: 20, label: '512 streams x 50 frames/s' });
  await paced(rows, { ...options, rounds, connections: 1_000, paceMs: 100, label: '1,000 streams x 10 frames/s', memory: true });
}
