// A node under mixed load for long, with restarts: memory and descriptors must stay flat and nothing acknowledged may be lost.
//   node tests/soak/soak.mjs [--minutes 30] [--restart-minutes 5] [--out DIR]
// Exits with 0 when the verdict is good. What is done and how it is judged: README.md here.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { copyWithPooling, pooling } from '../e2e/gguf_copy.mjs';
import { Node, repoRoot } from '../e2e/node.mjs';
import { Upstream } from '../e2e/upstream.mjs';
import { Ledger } from './ledger.mjs';
import { Load, embedModel, pause } from './load.mjs';
import { Samples } from './samples.mjs';

const kSampleMs = 5_000;
const kMinuteMs = 60_000;
const kWarmMs = 5 * kMinuteMs;       // of each life: the database's caches fill (some MiB, slowly), the worker loads
const kLongLifeMs = 10 * kMinuteMs;   // lives that are shorter are all warming up: only growth over all of them is judged
const kMemoryKiBPerHour = 24 * 1024;  // more growth than this is a leak
const kDescriptorsPerHour = 60;
const kJudgedFromMinutes = 15;        // a shorter run has no settled part to take a slope from
const kKilledShare = 0.45;            // of the run: when the node is killed instead of stopped

const words = process.argv.slice(2);
const value = (name, otherwise) => (words.includes(name) ? words[words.indexOf(name) + 1] : otherwise);
const minutes = Number(value('--minutes', 30));
const restartMs = Number(value('--restart-minutes', Math.min(5, minutes / 3))) * kMinuteMs;
const outDir = path.resolve(value('--out', path.join(repoRoot, 'build/soak')));
const say = (text) => process.stderr.write(`soak ${new Date().toISOString().slice(11, 19)}: ${text}\n`);

async function prepare(folder) {
  const upstream = await Upstream.start();
  const embedFile = path.join(folder, 'embed.gguf');
  copyWithPooling(path.join(repoRoot, 'models/b3iq-atlas-5m-q8_0.gguf'), embedFile, pooling.mean);
  const node = await Node.start({
    config: (config) => ({
      ...config, drain: '5s',
      runtimes: [
        { id: 'embedded', kind: 'embedded' }, { id: 'vectors', kind: 'embedded', model: embedFile, name: embedModel },
        { id: 'up', kind: 'openai', base_url: upstream.url },
      ],
    }),
  });
  await node.ready();
  await node.ready('fake-instant');
  return { upstream, node };
}

// The oldest worker is the default model's.
const oldestFirst = (workers) => workers.sort((a, b) => Number(a.started) - Number(b.started));

class Restarts {
  constructor(node, load) {
    Object.assign(this, { node, load, life: 1, bornAt: Date.now(), terms: 0, kills: 0, startMs: [] });
  }

  async again(kill) {
    this.load.down = true;
    if (kill) await this.node.crash();
    else await this.node.stop({ withinMs: kMinuteMs });
    while (this.load.commands > 0) await pause(20);
    const begun = Date.now();
    await this.node.serve();
    this.startMs.push(Date.now() - begun);
    await this.node.ready();
    this.load.upAt = Date.now();
    this.load.down = false;
    this.life += 1;
    this.bornAt = Date.now();
    if (kill) this.kills += 1; else this.terms += 1;
    say(`${kill ? 'killed' : 'stopped'} and started again, ${this.load.ledger.total()} answers so far`);
  }
}

async function during(node, load, samples, restarts, begun) {
  const end = begun + minutes * kMinuteMs;
  const killAt = begun + kKilledShare * minutes * kMinuteMs;
  let nextRestart = begun + restartMs;
  let nextSample = begun;
  while (Date.now() < end) {
    if (node.ended) throw new Error(`the node ended by itself: ${JSON.stringify(node.ended)}\n${node.output.slice(-3_000)}`);
    if (Date.now() >= nextSample) {
      samples.take(node.pid, restarts.life, restarts.bornAt, oldestFirst(node.workers()));
      nextSample += kSampleMs;
    }
    const kill = restarts.kills === 0 && Date.now() >= killAt;
    if (kill || (Date.now() >= nextRestart && end - Date.now() > kSampleMs)) {
      await restarts.again(kill);
      if (!kill) nextRestart += restartMs;
    }
    await pause(100);
  }
}

function judge(samples, books, ledger) {
  const warm = Math.min(kWarmMs, restartMs / 3);
  const growth = Object.fromEntries(['agent_kib', 'worker_kib', 'fds', 'threads'].map((name) => [name, samples.growth(name, warm)]));
  const slopes = ['per_hour_over_all', ...(restartMs >= kLongLifeMs ? ['per_hour_within_lives'] : [])];
  const flat = (name, limit) => (minutes < kJudgedFromMinutes ? null
    : slopes.every((slope) => growth[name][slope] !== null && growth[name][slope] <= limit));
  const verdict = {
    memory_of_agent_flat: flat('agent_kib', kMemoryKiBPerHour),
    memory_of_worker_flat: flat('worker_kib', kMemoryKiBPerHour),
    descriptors_flat: flat('fds', kDescriptorsPerHour),
    nothing_lost: books.lost === 0 && books.keys_lost === 0,
    no_other_problem: ledger.problems.length === 0,
  };
  return { growth, verdict, good: Object.values(verdict).every((one) => one !== false) };
}

function text(report) {
  const lines = [
    `soak of ${report.minutes} minutes: ${report.good ? 'good' : 'NOT GOOD'}`, '',
    `answers acknowledged ${report.books.acknowledged}, receipts kept ${report.books.kept}, lost ${report.books.lost}; keys ${report.books.keys}, lost ${report.books.keys_lost}`,
    `restarts: ${report.restarts.terms} by SIGTERM, ${report.restarts.kills} by SIGKILL; start to /health ${report.restarts.startMs.join(', ')} ms`,
    `done: ${Object.entries(report.done).map(([name, count]) => `${count} ${name}`).join(', ')}`, '',
    'growth in the last two thirds (per hour: within the lives of the process / over all), limits 24576 KiB and 60 descriptors:',
    ...Object.entries(report.growth).map(([name, row]) =>
      `  ${name.padEnd(11)} ${row.per_hour_within_lives} / ${row.per_hour_over_all}; ${row.lowest} to ${row.highest}, ${row.samples} samples in ${row.lives} lives`), '',
    ...Object.entries(report.calls).map(([kind, row]) =>
      `  ${kind.padEnd(22)} answered ${row.answered}, cut ${row.cut}${Object.entries(row.refused).map(([code, n]) => `, ${code} ${n}`).join('')}`), '',
    ...Object.entries(report.verdict).map(([name, good]) => `${good === null ? 'not judged, too short:' : good ? 'yes' : 'NO '}  ${name.replaceAll('_', ' ')}`),
    ...report.problems.map((problem) => `problem: ${problem}`),
  ];
  return `${lines.join('\n')}\n`;
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-soak-'));
  fs.mkdirSync(outDir, { recursive: true });
  const { upstream, node } = await prepare(folder);
  try {
    const version = (await node.cli(['version', '--json'])).json;
    const key = await node.key({ name: 'soak', scope: ['chat', 'models', 'receipts'] });
    const metrics = await node.key({ name: 'soak-metrics', scope: ['metrics'] });
    const ledger = new Ledger();
    const load = new Load({ node, ledger, upstream, secret: key.secret, metricsSecret: metrics.secret, folder });
    const restarts = new Restarts(node, load);
    const begun = Date.now();
    const samples = new Samples(begun);
    say(`${minutes} minutes, a restart every ${restartMs / kMinuteMs}, report in ${outDir}`);
    load.start();
    await during(node, load, samples, restarts, begun).finally(() => load.stop());
    const books = await ledger.compare(node, key);
    const report = {
      at: new Date(begun).toISOString(), minutes, version, cores: os.cpus().length, load_average: os.loadavg(), books, done: load.done,
      restarts: { terms: restarts.terms, kills: restarts.kills, startMs: restarts.startMs }, calls: ledger.summary(),
      ...judge(samples, books, ledger), problems: ledger.problems, more_problems: ledger.moreProblems ?? 0,
    };
    fs.writeFileSync(path.join(outDir, 'soak.json'), `${JSON.stringify({ ...report, samples: samples.rows }, null, 1)}\n`);
    fs.writeFileSync(path.join(outDir, 'soak.txt'), text(report));
    process.stdout.write(text(report));
    return report.good ? 0 : 1;
  } finally {
    await node.close().catch((error) => say(error.message));
    await upstream.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
