// (l) A model comes into memory: from the question to the first answer of a model that is not loaded, and of one that another has to
// make room for, beside llama-server stopped and started with the other model. Two files of one shape, 80 MiB each, in the page cache.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { llamaServer } from './llama_server.mjs';
import { b3iq, post, repoRoot, workDir } from './parties.mjs';

const kModels = ['left', 'right'];
const kShape = ['12', '768', '2048', '12', '4', 'q8_0'];
const kContext = 2048;

const fileOf = (name) => path.join(workDir, `${name}.gguf`);

async function ask(party, model) {
  const begin = performance.now();
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 1 });
  const { status, text } = await post(party.port, '/v1/chat/completions', body, party.secret ? { authorization: `Bearer ${party.secret}` } : {});
  if (status !== 200) throw new Error(`${party.name}: ${status} ${text}`);
  return performance.now() - begin;
}

// A node that holds both files, with memory for one of them at a time.
async function node() {
  const folder = 'b3iq-models';
  const first = await b3iq({ folder });
  for (const name of kModels) first.cli('models', 'install', fileOf(name), '--name', name, '--json');
  const need = Math.max(...JSON.parse(first.cli('models', 'installed', '--json')).data.map((model) => model.measured_memory_bytes));
  await first.stop();
  const file = path.join(workDir, folder, 'config.json');
  const config = JSON.parse(fs.readFileSync(file, 'utf8'));
  config.models = { memory: String(Math.ceil(need * 1.5)), slots: 1, context_tokens: kContext, threads: 1 };
  fs.writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  return b3iq({ folder, keep: true });
}

// From the command to the first answer.
async function started(rows, name) {
  const begin = performance.now();
  const server = await llamaServer(rows, 'l: beside llama-server', ['--model', fileOf(name), '--alias', name, '--parallel', '1', '--ctx-size', String(kContext)]);
  if (!server) return undefined;
  await ask(server, name);
  return { server, ms: performance.now() - begin };
}

export async function models(rows, { rounds, say }) {
  for (const name of kModels) execFileSync('node', [path.join(repoRoot, 'tools/sized_model.mjs'), fileOf(name), ...kShape]);
  const ours = await node();
  const mine = { load: [], swap: [], loaded: [] };
  const theirs = { load: [], swap: [] };
  for (let round = 0; round < rounds; round += 1) {
    say(`(l) round ${round + 1} of ${rounds}`);
    const [from, to] = round % 2 === 0 ? kModels : [...kModels].reverse();
    for (const name of kModels) ours.cli('models', 'unload', name, '--json');
    mine.load.push(await ask(ours, from));
    mine.swap.push(await ask(ours, to));
    mine.loaded.push(await ask(ours, to));
    const other = await started(rows, from);
    if (!other) continue;
    theirs.load.push(other.ms);
    const begin = performance.now();
    await other.server.stop();
    const next = await started(rows, to);
    theirs.swap.push(performance.now() - begin);
    await next.server.stop();
  }
  const beside = theirs.load.length > 0;
  const row = (what, own, direct, note) => rows.add({
    name: `l: ${what}, 80 MiB`, ours: own, opponent: beside ? direct : undefined, opponentName: beside ? 'llama-server started for it' : undefined,
    unit: 'ms', goal: '<= 1', met: beside ? (_, __, ratio) => ratio <= 1 : undefined, note,
  });
  row('question to a model that is not loaded, until its answer', mine.load, theirs.load);
  row('the same while another model has to leave', mine.swap, theirs.swap);
  rows.add({ name: 'l: question to a loaded model of that size', ours: mine.loaded, unit: 'ms' });
  await ours.stop();
  for (const name of kModels) fs.rmSync(fileOf(name), { force: true });
}
