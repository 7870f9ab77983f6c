// The whole benchmark: `./run bench [--json]`, or
//   node bench/run.mjs [--json] [--quick] [--only a,b,c,d,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w]
// Prints one table (--json: the results instead) and writes build/bench/results.json (the rows) and build/bench/run.json (the machine,
// versions, what was not run). What is measured how: bench/README.md.
import fs from 'node:fs';
import path from 'node:path';
import { commit, has, machine } from './machine.mjs';
import { binDir, hostBin, loadCore, outDir, partyCore, repoRoot, stopAll, workDir } from './parties.mjs';
import { Rows } from './rows.mjs';
import { localApi } from './local_api.mjs';
import { firstChunk, instantStreams, pacedStreams } from './streaming.mjs';
import { footprint } from './footprint.mjs';
import { durableReceipts } from './durable.mjs';
import { downloads } from './downloads.mjs';
import { envelopes } from './envelopes.mjs';
import { faults } from './faults.mjs';
import { tokens } from './tokens.mjs';
import { embeddings } from './embeddings.mjs';
import { failover } from './failover.mjs';
import { models } from './models.mjs';
import { scrape } from './scrape.mjs';
import { fleetPart } from './fleet/fleet_part.mjs';
import { durableHeartbeats } from './fleet/durable_heartbeats.mjs';
import { heldNodes } from './fleet/held_nodes.mjs';
import { workerAndD1 } from './fleet/worker_d1.mjs';
import { growth } from './fleet/growth.mjs';
import { commands } from './fleet/commands.mjs';
import { reconnect } from './fleet/reconnect.mjs';
import { ledgerPairs } from './ledger/ledger_pairs.mjs';
import { durableReceiptLog } from './receipts/durable_receipt_log.mjs';
import { privatePart } from './private/private_network.mjs';
import { privateJobs } from './private/private_jobs.mjs';
import { privateChats } from './private/private_chats.mjs';

const words = process.argv.slice(2);
const json = words.includes('--json');
const quick = words.includes('--quick');
const only = words.includes('--only') ? words[words.indexOf('--only') + 1]?.split(',') : undefined;
const say = (text) => process.stderr.write(`bench: ${text}\n`);

const kParts = [
  ['a', localApi],  // and e, on the same parties
  ['b', async (rows, options) => { for (const part of [instantStreams, firstChunk, pacedStreams]) await part(rows, options); }],
  ['c', tokens],
  ['d', footprint],
  ['f', durableReceipts],
  ['g', embeddings],
  ['h', failover],
  ['i', scrape],
  ['j', downloads],
  ['k', faults],
  ['l', models],
  ['m', fleetPart(durableHeartbeats)],
  ['o', fleetPart(workerAndD1)],
  ['p', fleetPart(growth)],
  ['n', fleetPart(heldNodes)],
  ['q', fleetPart(commands)],
  ['r', fleetPart(reconnect)],
  ['s', envelopes],
  ['t', ledgerPairs],
  ['u', fleetPart(durableReceiptLog)],
  ['v', privatePart(privateJobs)],
  ['w', privatePart(privateChats)],
];

// These bring their own load, and do without the tools of the others.
const kFleetParts = ['m', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w'];

function needed() {
  const ofFleet = only?.every((letter) => kFleetParts.includes(letter));
  const missing = ['taskset', 'prlimit', ...(ofFleet ? [] : ['nginx', 'wrk', 'h2load'])].filter((command) => !has(command));
  if (missing.length > 0) return `missing: ${missing.join(', ')} (Debian: nginx-light wrk nghttp2-client util-linux)`;
  const files = ofFleet ? [] : [hostBin, process.env.B3IQ_BENCH_UPSTREAM ? hostBin : path.join(binDir, 'instant_upstream')];
  const absent = files.filter((file) => !fs.existsSync(file));
  return absent.length > 0 ? `not built: ${absent.join(', ')} (./run build)` : undefined;
}

async function main() {
  const problem = needed();
  if (problem) {
    say(problem);
    return 1;
  }
  fs.mkdirSync(workDir, { recursive: true });
  const options = { rounds: quick ? 1 : 5, seconds: quick ? 1 : 2, quick, say };
  const rows = new Rows();
  const begun = machine(hostBin);
  let failed = false;
  for (const [letter, part] of kParts) {
    if (only && !only.includes(letter)) continue;
    try {
      await part(rows, options);
    } catch (error) {
      failed = true;
      rows.skip(`part ${letter}`, error.message);
      say(`part ${letter} failed: ${error.stack}`);
      await stopAll();
    }
  }
  const about = {
    commit: commit(repoRoot), at: new Date().toISOString(), ...begun, load_average_after: machine(hostBin).load_average, quick, rounds: options.rounds,
    realtime: process.env.B3IQ_BENCH_REALTIME === '1', party_core: partyCore, load_core: loadCore, not_run: rows.skipped,
  };
  fs.writeFileSync(path.join(outDir, 'results.json'), `${JSON.stringify(rows.rows, null, 2)}\n`);
  fs.writeFileSync(path.join(outDir, 'run.json'), `${JSON.stringify(about, null, 2)}\n`);
  if (json) {
    console.log(JSON.stringify(rows.rows, null, 2));
  } else {
    console.log(rows.table());
    console.log(`\n${about.cpu}, ${about.cores} cores, ${about.memory_gib} GiB, ${about.system}, kernel ${about.kernel}, load ${about.load_average.join(' ')} before, ` +
      `${about.load_average_after.join(' ')} after; core ${partyCore} for the party, core ${loadCore} for load and upstream` +
      `${partyCore === loadCore ? ' (ONE core for all: rates are not those of a core alone)' : ''}\n${Object.values(about.versions).join('; ')}`);
  }
  fs.rmSync(workDir, { recursive: true, force: true });
  return failed ? 1 : 0;
}

process.exitCode = await main().finally(stopAll);
