// llama-server of the release that the worker uses, as a party: named by B3IQ_LLAMA_SERVER, built before, or built now.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { benchDir, freePort, get, Party, repoRoot } from './parties.mjs';

function program() {
  if (process.env.B3IQ_LLAMA_SERVER) return process.env.B3IQ_LLAMA_SERVER;
  const built = path.join(repoRoot, 'build/llama-server/build/bin/llama-server');
  if (fs.existsSync(built) || process.env.B3IQ_BENCH_NO_BUILD === '1') return built;
  return execFileSync(path.join(benchDir, 'llama_server.sh'), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}

// Nothing, with a row that says so, where there is none. `words`: its arguments beside address and threads. `httpThreads`: each of
// them is taken by one kept connection.
export async function llamaServer(rows, what, words, { httpThreads = 2 } = {}) {
  let found = '';
  try {
    found = program();
  } catch (error) {
    rows.skip(`${what}: building llama-server`, error.message);
  }
  if (!fs.existsSync(found)) {
    rows.skip(what, 'there is no llama-server');
    return undefined;
  }
  const port = await freePort();
  const server = new Party('llama-server', [
    found, '--host', '127.0.0.1', '--port', String(port), '--threads', '1', '--threads-batch', '1', '--threads-http', String(httpThreads), ...words,
  ], { port });
  return server.up(async () => (await get(port, '/health')).status === 200);
}
