// (f) Durable receipts per second: every answer waits until its receipt is on the disk; many share one sync. The opponent is the
// same disk, one small record and one fdatasync after the other.
import fs from 'node:fs';
import path from 'node:path';
import { wrk, writeBody } from './load.mjs';
import { b3iq, get, startUpstream, workDir } from './parties.mjs';
import { percentile } from './stats.mjs';

const kConnections = 256;
const kRecord = 700;  // bytes, about a receipt
const kProbeBytes = 16 << 20;

// One record and one fdatasync after the other, in a file whose space was written before (a log that grows at each record pays for
// the file system's journal too). `rate` of them back to back; with `pauseMs` between them, what one takes.
export function syncProbe(seconds, pauseMs = 0) {
  const file = path.join(workDir, 'sync.probe');
  const fd = fs.openSync(file, 'w+');
  const record = Buffer.alloc(kRecord, 0x61);
  fs.writeSync(fd, Buffer.alloc(kProbeBytes));
  fs.fsyncSync(fd);
  const took = [];
  const begin = performance.now();
  while (performance.now() - begin < seconds * 1000) {
    const at = (took.length * kRecord) % (kProbeBytes - kRecord);
    const from = process.hrtime.bigint();
    fs.writeSync(fd, record, 0, kRecord, at);
    fs.fdatasyncSync(fd);
    took.push(Number(process.hrtime.bigint() - from) / 1000);
    if (pauseMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  }
  fs.closeSync(fd);
  fs.rmSync(file);
  const sorted = took.sort((x, y) => x - y);
  return { rate: took.length / seconds, p50_us: percentile(sorted, 0.5), p99_us: percentile(sorted, 0.99) };
}

async function counter(party, name) {
  const { text } = await get(party.port, '/metrics', { authorization: `Bearer ${party.secret}` });
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+]+)`, 'm').exec(text)?.[1] ?? 0);
}

export async function durableReceipts(rows, { rounds, seconds, say }) {
  const upstream = await startUpstream();
  const ours = await b3iq({ upstreamPort: upstream.port, folder: 'b3iq-durable' });
  const body = writeBody('receipts.json', { model: upstream.model, messages: [{ role: 'user', content: 'Hi' }] });
  const rates = [];
  const singles = [];
  const probes = [];
  let answered = 0;
  let errors = 0;
  const before = await counter(ours, 'b3iq_receipts_total');
  for (let round = 0; round < rounds; round += 1) {
    say(`(f) round ${round + 1} of ${rounds}`);
    const cell = await wrk(ours, { connections: kConnections, seconds, body, keyFile: ours.keyFile });
    rates.push(cell.rate);
    const single = await wrk(ours, { connections: 1, seconds: 1, body, keyFile: ours.keyFile });
    singles.push(single.rate);
    answered += cell.requests + single.requests;
    errors += cell.errors + single.errors;
    probes.push(syncProbe(1).rate);
  }
  const recorded = (await counter(ours, 'b3iq_receipts_total')) - before;
  const note = `${answered} answers, ${recorded} receipts recorded, ${errors} failed`;
  rows.add({
    name: `f: durable receipts, ${kConnections} connections`, ours: rates, opponent: probes, opponentName: 'one record per fdatasync, same folder',
    unit: 'receipts/s', goal: 'every answer recorded', met: () => recorded >= answered && errors === 0, note,
  });
  rows.add({
    name: 'f: durable receipts, 1 connection', ours: singles, opponent: probes, opponentName: 'one record per fdatasync, same folder', unit: 'receipts/s',
  });
  await Promise.all([ours.stop(), upstream.stop()]);
}
