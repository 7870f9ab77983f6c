// (j) A model's file gets onto this machine: through ModelDownload (resumable, hashed while it comes, synced), beside curl and
// sha256sum one after the other, which people do by hand.
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { binDir, freePort, get, loadCore, Party, pinned, partyCore, workDir } from './parties.mjs';

const kMiB = 2 ** 20;

async function fileServer(folder) {
  const port = await freePort();
  const conf = path.join(folder, 'nginx.conf');
  fs.writeFileSync(conf, [
    process.getuid() === 0 ? 'user root;' : '',
    'daemon off;', 'worker_processes 1;', `pid ${folder}/nginx.pid;`, 'events { worker_connections 64; }',
    'http {', '  access_log off;', '  sendfile on;',
    ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `  ${kind}_temp_path ${folder}/${kind};`),
    `  server { listen 127.0.0.1:${port}; root ${folder}/served; }`, '}', '',
  ].join('\n'));
  const nginx = new Party('nginx', ['nginx', '-p', folder, '-c', conf, '-e', path.join(folder, 'error.log')], { core: loadCore, port });
  return nginx.up(async () => (await get(port, '/small')).status === 200);
}

// Bytes that nothing can shorten.
function writeRandom(file, megabytes) {
  const fd = fs.openSync(file, 'w');
  const hash = crypto.createHash('sha256');
  for (let i = 0; i < megabytes; i += 1) {
    const block = crypto.randomBytes(kMiB);
    hash.update(block);
    fs.writeSync(fd, block);
  }
  fs.closeSync(fd);
  return hash.digest('hex');
}

// MB/s (10^6) of one run on the party's core. What earlier runs left to write is written first.
function timed(words, bytes, sum, leftovers) {
  for (const file of leftovers) fs.rmSync(file, { force: true });
  execFileSync('sync');
  const whole = [...pinned(partyCore), ...words];
  const begin = process.hrtime.bigint();
  const printed = execFileSync(whole[0], whole.slice(1), { encoding: 'utf8' });
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  if (!printed.startsWith(sum)) throw new Error(`${words.join(' ')} brought another file: ${printed}`);
  return bytes / 1e6 / seconds;
}

export async function downloads(rows, { rounds, say }) {
  const program = path.join(binDir, 'fetch_model');
  if (!fs.existsSync(program)) {
    rows.skip('part j', `${program} is not built`);
    return;
  }
  const megabytes = rounds > 1 ? 1024 : 256;
  const folder = path.join(workDir, 'downloads');
  fs.mkdirSync(path.join(folder, 'served'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'served/small'), 'x');
  const sum = writeRandom(path.join(folder, 'served/model.gguf'), megabytes);
  const server = await fileServer(folder);
  const url = `http://127.0.0.1:${server.port}/model.gguf`;
  const part = path.join(folder, 'ours.part');
  const file = path.join(folder, 'theirs');
  const bytes = megabytes * kMiB;
  const byHand = `curl -sf -o '${file}' '${url}' && sha256sum '${file}'`;
  const ours = [];
  const curl = [];
  const synced = [];
  for (let round = 0; round < rounds; round += 1) {
    say(`(j) round ${round + 1} of ${rounds}`);
    const leftovers = [part, `${part}.json`, file];
    ours.push(timed([program, url, part], bytes, sum, leftovers));
    curl.push(timed(['sh', '-c', byHand], bytes, sum, leftovers));
    synced.push(timed(['sh', '-c', `${byHand} && sync '${file}'`], bytes, sum, leftovers));
  }
  await server.stop();
  fs.rmSync(folder, { recursive: true, force: true });
  const name = `j: model download of ${megabytes} MiB, hashed`;
  rows.add({ name, ours, opponent: curl, opponentName: 'curl -o, then sha256sum (not synced)', unit: 'MB/s' });
  rows.add({
    name: `${name} and synced`, ours, opponent: synced, opponentName: 'curl -o, then sha256sum, then sync', unit: 'MB/s', goal: '>= 1',
    met: (mine, theirs, ratio) => ratio >= 1,
  });
}
