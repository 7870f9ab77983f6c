// Faults of the models that a node keeps: their files, their workers, their memory, an install that is cut off.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { FaultNode, underLight } from './fault_node.mjs';
import { repoRoot, sleep, waitFor } from './parties.mjs';

const kModelFile = path.join(repoRoot, 'models/b3iq-atlas-5m-q8_0.gguf');
const kModel = 'mine';
const kOther = 'other';
const kOutageMs = 500;
const kJobMs = 60_000;
const kBudgetShare = 1.5;  // of what one model needs: two do not fit
const kRefusal = /^(runtime_failed|runtime_unreachable|model_loading|model_not_found)$/;
const now = () => performance.now();
const light = { model: kModel, clients: 2, pause: 20, timeoutMs: 30_000 };

const installed = (act, prepare) => () => underLight({
  light,
  prepare: async (node) => {
    await node.cli('models', 'install', kModelFile, '--name', kModel);
    await prepare?.(node);
  },
}, act);

function fileOf(node) {
  const folder = path.join(node.home, 'models');
  const [own] = fs.readdirSync(folder).filter((name) => name.startsWith('m-'));
  return path.join(folder, own, 'model.gguf');
}

// The newest is that of the installed model.
const killWorker = (node) => process.kill(node.workers().sort((a, b) => Number(b.started) - Number(a.started))[0].pid, 'SIGKILL');

// The file goes or is rubbish while the model is loaded, and its worker ends: calls are refused with a code, until the file is back
// and its owner loads it anew.
const fileBad = (spoil) => async (node, one) => {
  const file = fileOf(node);
  fs.renameSync(file, `${file}.aside`);
  spoil(file);
  await sleep(kOutageMs);
  const begun = now();
  killWorker(node);
  await one.hurt(begun);
  const wrong = one.records.find((record) => record.begun >= begun && !record.ok && !kRefusal.test(record.what));
  if (wrong) throw new Error(`refused with ${wrong.what}: ${wrong.text}`);
  await sleep(kOutageMs);
  fs.renameSync(`${file}.aside`, file);
  const back = now();
  await waitFor(() => node.cli('models', 'unload', kModel).then(() => true), 'a moment without calls', kJobMs);
  await node.cli('models', 'load', kModel);
  return one.recovered(back);
};

async function workerKilled(node, one) {
  const begun = now();
  killWorker(node);
  return one.recovered(begun);
}

async function twoModels(node) {
  await node.cli('models', 'install', kModelFile, '--name', kOther);
  const { data } = await node.cli('models', 'installed');
  const need = Math.max(...data.map((model) => model.measured_memory_bytes));
  await node.stop();
  node.configure({ models: { memory: String(Math.ceil(need * kBudgetShare)) } });
  await node.serve();
}

// Somebody asks for the other model, for which this one must leave: until both have answered.
async function evicted(node, one) {
  const begun = now();
  await waitFor(async () => (await node.ask(kOther)).ok, 'an answer of the other model');
  const ms = now() - begun;
  return Math.max(ms, await one.recovered(begun));
}

// Gives the first half of the file, then nothing, until it is asked again.
function halfServer() {
  const bytes = fs.readFileSync(kModelFile);
  const server = http.createServer((request, response) => {
    const from = Number(/bytes=([0-9]+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from ? 206 : 200, {
      'content-length': bytes.length - from, etag: '"v1"', 'accept-ranges': 'bytes',
      ...(from ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    if (from) response.end(bytes.subarray(from));
    else response.write(bytes.subarray(0, bytes.length >> 1));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function installCutOff() {
  const server = await halfServer();
  const node = await FaultNode.start();
  try {
    const made = await node.cli('models', 'install', `http://127.0.0.1:${server.address().port}/model.gguf`, '--name', kModel, '--detach');
    const part = () => fs.existsSync(path.join(node.home, 'models')) && fs.readdirSync(path.join(node.home, 'models')).find((name) => name.startsWith('part-'));
    await waitFor(() => part() !== undefined && part() !== false, 'a part of the file', kJobMs);
    await sleep(kOutageMs);
    await node.stop('SIGKILL');
    const begun = now();
    await node.serve();
    await waitFor(async () => {
      const job = (await node.cli('models', 'jobs')).data.find(({ id }) => id === made.id);
      if (['failed', 'cancelled'].includes(job?.state)) throw Object.assign(new Error(`the job ${job.state}: ${JSON.stringify(job)}`), { final: true });
      return job?.state === 'done';
    }, 'the end of the job', kJobMs);
    const ms = now() - begun;
    await node.ready(kModel);
    return ms;
  } finally {
    await node.stop();
    server.closeAllConnections();
    server.close();
    fs.rmSync(node.home, { recursive: true, force: true });
  }
}

export const modelFaults = [
  { name: 'worker of an installed model killed', inject: installed(workerKilled) },
  { name: 'file of a loaded model removed, and back', inject: installed(fileBad(() => {})), note: 'since the file is back, with `models unload` and `load`' },
  { name: 'file of a loaded model overwritten, and back', inject: installed(fileBad((file) => fs.writeFileSync(file, 'GGUF and then rubbish'.repeat(1_000)))), note: 'since the file is back, with `models unload` and `load`' },
  { name: 'model evicted under load for another', inject: installed(evicted, twoModels), note: 'until both have answered' },
  { name: 'node killed in an install: until the model is there', inject: installCutOff, note: 'since the start; half of the file had come' },
];
