// One cell of a measurement: a load on one party for some seconds, and what it cost.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { cpuNs, residentKiB } from './process_cost.mjs';
import { benchDir, binDir, loadCore, pinned, workDir } from './parties.mjs';
import { percentile } from './stats.mjs';

const kPath = '/v1/chat/completions';

function run(words, { onStart } = {}) {
  return new Promise((resolve, reject) => {
    const [program, ...rest] = [...pinned(loadCore), ...words];
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => { out += text; });
    child.stderr.on('data', (text) => { err += text; });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`${words[0]} ended with ${code}: ${err}${out}`))));
    onStart?.(child);
  });
}

// CPU of the party around `work`, in ns.
async function withCpu(party, work) {
  const before = party.pid ? cpuNs(party.pid) : 0;
  const result = await work();
  return { ...result, cpu_ns: party.pid ? cpuNs(party.pid) - before : 0 };
}

// Saturation with wrk: rate, latency in closed loop, errors, CPU per request.
export function wrk(party, { connections, seconds, body, keyFile }) {
  return withCpu(party, async () => {
    const out = await run([
      'wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', path.join(benchDir, 'wrk_post.lua'),
      `http://127.0.0.1:${party.port}${kPath}`, '--', body, keyFile, ...(party.headers ?? []),
    ]);
    const result = JSON.parse(/^WRK (.*)$/m.exec(out)[1]);
    return { ...result, rate: result.requests / (result.duration_us / 1e6) };
  }).then((result) => ({ ...result, cpu_us: result.cpu_ns / 1000 / Math.max(1, result.requests) }));
}

// A fixed rate on one connection with h2load; percentiles from its log of every request. The key is a throwaway one of a node
// that lives for this run, which is why it may stand in h2load's arguments.
export function fixedRate(party, { rate, seconds, body, keyFile }) {
  return withCpu(party, async () => {
    const log = path.join(workDir, 'h2load.log');
    fs.rmSync(log, { force: true });
    const secret = fs.readFileSync(keyFile, 'utf8').trim();
    const out = await run([
      'h2load', '--h1', '-c1', '-t1', `--rps=${rate}`, '-D', String(seconds), `--log-file=${log}`, '-d', body,
      '-H', 'content-type: application/json', '-H', `authorization: Bearer ${secret}`, `http://127.0.0.1:${party.port}${kPath}`,
    ]);
    const failed = Number(/([0-9]+) failed/.exec(out)?.[1] ?? 0);
    const rows = fs.readFileSync(log, 'utf8').trim().split('\n').map((line) => line.split('\t').map(Number));
    const good = rows.filter(([, status]) => status === 200).map(([, , duration]) => duration).sort((a, b) => a - b);
    if (good.length === 0) throw new Error(`${party.name}: no request succeeded at a fixed rate: ${out}`);
    return { p50_us: percentile(good, 0.5), p99_us: percentile(good, 0.99), requests: good.length, errors: failed + rows.length - good.length };
  });
}

// Streams with stream_client: frames, losses, lags, time to the first frame; memory of the party in the middle.
export function streams(party, { connections, seconds, paceMs = 0, frames = 50, body, keyFile }) {
  const program = process.env.B3IQ_BENCH_STREAM_CLIENT ?? path.join(binDir, 'stream_client');
  let middle = 0;
  return withCpu(party, async () => {
    const out = await run([
      program, '--port', String(party.port), '--body', body, '--key-file', keyFile, '--connections', String(connections),
      '--seconds', String(seconds), '--pace-ms', String(paceMs), '--frames', String(frames),
    ], {
      onStart: (child) => {
        const timer = setTimeout(() => { if (party.pid) middle = residentKiB(party.pid); }, seconds * 600);
        child.once('close', () => clearTimeout(timer));
      },
    });
    return JSON.parse(out);
  }).then((result) => ({
    ...result, resident_kib: middle, cpu_us: result.cpu_ns / 1000 / Math.max(1, result.streams), errors: result.failed + result.unfinished,
  }));
}

export function writeBody(name, body) {
  const file = path.join(workDir, name);
  fs.writeFileSync(file, JSON.stringify(body));
  return file;
}
