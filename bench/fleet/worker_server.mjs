// Runs heartbeat_worker.mjs in workerd with a D1 database that is kept on the disk:
//   node worker_server.mjs PORT FOLDER AUDIENCE
// Prints a line when it takes requests; ends on SIGTERM.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';

const [port, folder, audience] = process.argv.slice(2);
const worker = new Miniflare({
  modules: true,
  script: fs.readFileSync(fileURLToPath(new URL('heartbeat_worker.mjs', import.meta.url)), 'utf8'),
  compatibilityDate: '2026-07-01',
  d1Databases: ['DB'],
  d1Persist: folder,
  bindings: { AUDIENCE: audience },
  host: '127.0.0.1',
  port: Number(port),
  cf: false,
  telemetry: { enabled: false },
});
process.once('SIGTERM', () => worker.dispose().then(() => process.exit(0)));
await worker.ready;
console.log('the worker takes requests');
