// (f) Durable receipts per second: every answer waits until its receipt is on the disk; many share one sync. The opponent is the
// same disk, one small record and one fdatasync after the other.
import fs from 'node:fs';
import path from 'node:path';
import { wrk } from './load.mjs';
import { b3iq, get, startUpstream, workDir } from './parties.mjs';
import { writeBody } from './local_api.mjs';

const kConnections = 256;
const kRecord = 700;  // bytes, about a receipt

function syncsPerSecond(seconds) {
  const file = path.join(workDir, 'sync.probe');
  const fd = fs.openSync(file, 'w');
  const record = Buffer.alloc(kRecord, 0x61);
  const end = Date.now() + seconds * 1000;
  let count = 0;
  while (Date.now() < end) {
    fs.writeSync(fd, record);
    fs.fdatasyncSync(fd);
    count += 1;
  }
  fs.closeSync(fd);
  fs.rmSync(file);
  return count / seconds;
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
    probes.push(syncsPerSecond(1));
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
