// Every place outside the node's own memory where something of a private job could stand: [kind, name, bytes], read one after the other. Each call makes
// backups, a bundle and the control plane's core anew.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { apiSchema } from './api_schema.mjs';
import { run } from './node.mjs';
import { operator } from './operator.mjs';
import { postgresBin } from './postgres_server.mjs';
import { memoryOf, noMemory } from './process_memory.mjs';

const kFrame = /^id: \d+\ndata: .+\n\n/m;
const kComment = /\n\n/;
let collected = 0;

const isOpen = ({ status }) => ['queued', 'claimed', 'running'].includes(status);

function* filesOf(kind, root) {
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (!entry.isFile()) continue;
    let bytes;
    try {
      bytes = fs.readFileSync(file);
    } catch (error) {
      assert.equal(error.code, 'ENOENT', file);  // a journal that was folded in since
      continue;
    }
    yield [kind, path.relative(root, file), bytes];
  }
}

async function told(program, words) {
  const done = await program.cli(words);
  assert.equal(done.code, 0, `${words.join(' ')}: ${done.stderr}`);
  return Buffer.from(done.stdout + done.stderr);
}

// A customer's reading of a job's sealed stream: to its end, or, while the job is open, until `enough` is there.
export function streamOf(bench, job, enough) {
  const url = new URL(`/v1/private-inference/jobs/${job}/stream`, bench.control.url);
  const headers = { 'x-b3iq-customer-id': bench.ada.id, 'x-b3iq-customer-token': bench.ada.token };
  return new Promise((resolve, reject) => {
    const asked = http.get(url, { headers, agent: false }, (answer) => {
      let text = '';
      const done = () => resolve({ status: answer.statusCode, headers: answer.headers, text });
      answer.on('data', (piece) => {
        text += piece;
        if (!enough?.test(text)) return;
        asked.destroy();
        done();
      });
      answer.on('end', done);
    });
    asked.on('error', reject);
  });
}

// Every GET of an API, with each id that stands for a part of its path. Those that need what there is none of here are left out.
async function* readingsOf(kind, name, ids, get) {
  for (const [route, { get: operation }] of Object.entries(apiSchema(name).api.paths)) {
    if (!operation) continue;
    const [, part] = /\{([^}]+)\}/.exec(route) ?? [];
    for (const id of part ? ids[part] ?? [] : [undefined]) {
      const wanted = operation.parameters?.filter((one) => one.in === 'query' && one.required).map((one) => `${one.name}=${ids[one.name]}`) ?? [];
      const target = `${route.replace(/\{[^}]+\}/, id)}?${wanted.join('&')}`.replace(/\?$/, '');
      const answer = await get(target);
      assert.equal(answer.status, 200, `${target}: ${answer.text}`);
      yield [kind, target, Buffer.from(JSON.stringify(answer.headers) + answer.text)];
    }
  }
}

async function idsOf(bench) {
  const { data: jobs } = await bench.control.ask('GET', 'private-jobs?limit=100');
  const { data: commands } = await bench.control.ask('GET', 'commands?limit=100');
  const mine = (await bench.asAda('/v1/private-inference/jobs?limit=100')).json.data;
  const receipts = [];
  for (const { job_id: id } of mine) receipts.push((await bench.asAda(`/v1/billing/jobs/${id}`)).json.receipt_hash);
  const [model] = bench.runtime.models;
  return {
    node: [bench.node.id], customer: [bench.ada.id], job: jobs.map(({ id }) => id), command: commands.map(({ id }) => id),
    job_id: mine.map((job) => job.job_id), open: new Map(mine.filter(isOpen).map((job) => [job.job_id, bench.streaming === job.job_id ? kFrame : kComment])), receipt_hash: receipts.filter(Boolean), model, model_id: model,
  };
}

// What the control plane's process and files hold.
async function* controlPlaces(bench, folder) {
  const { control, server } = bench;
  const { pid } = control.child;
  for (const [kind, bytes] of noMemory(pid) ? [] : memoryOf(pid, folder)) yield [`control plane: ${kind}`, `process ${pid}`, bytes];
  yield* filesOf('control plane: home', control.home);
  yield ['control plane: log', 'standard error', Buffer.from(control.log)];
  yield ['control plane: metrics', '/metrics', Buffer.from(await control.metrics())];
  yield ['control plane: commands', 'doctor', Buffer.from((({ stdout, stderr }) => stdout + stderr)(await control.cli(['doctor'])))];
  if (server) {
    await server.sql('control', 'CHECKPOINT');
    yield* filesOf('PostgreSQL: files and WAL', server.data);
    // What is compressed in its files is in clear here.
    const dump = await run(path.join(postgresBin, 'pg_dump'), ['-h', server.folder, '-U', 'b3iq', 'control']);
    assert.equal(dump.code, 0, dump.stderr);
    yield ['PostgreSQL: dump', 'pg_dump', Buffer.from(dump.stdout)];
  } else {  // that of a server is its dump
    const backup = path.join(folder, 'control-backup');
    await told(control, ['backup', backup]);
    yield* filesOf('control plane: backup', backup);
  }
}

// What it tells: operators, the customer, everybody.
async function* tellings(bench) {
  const { control } = bench;
  const ids = await idsOf(bench);
  yield* readingsOf('control plane: admin API', 'admin', ids, (target) => control.call('GET', target, { key: control.secret }));
  yield* readingsOf('control plane: public API', 'public', ids, (target) => control.call('GET', target));
  const read = (target) => {
    const [, job] = /\/jobs\/([^/?]+)\/stream$/.exec(target) ?? [];
    return job ? streamOf(bench, job, ids.open.get(job)) : bench.asAda(target);
  };
  yield* readingsOf('control plane: customer API', 'customer', ids, read);
  for (const words of [['jobs', 'list'], ['commands', 'list'], ['nodes', 'show', bench.node.id], ['customers', 'list'], ['customers', 'show', bench.ada.id],
    ['customers', 'entries', bench.ada.id], ['audit', 'list'], ['audit', 'export'], ['ledger', 'verify'], ...ids.job.map((id) => ['jobs', 'show', id]),
    ...ids.command.map((id) => ['commands', 'show', id])]) {
    yield ['control plane: commands', words.join(' '), await told(control, ['admin', ...words])];
  }
}

async function* nodePlaces(bench, folder) {
  const { node } = bench;
  yield* filesOf('node: home', node.home);
  yield ['node: log', 'standard output and error', Buffer.from(node.output + bench.nodeSaid.join(''))];
  yield ['node: metrics', '/metrics', Buffer.from((await operator(node)('GET', '/metrics')).text)];
  yield ['node: telemetry', 'OTLP', Buffer.from(bench.collector.text)];
  for (const words of [['status', '--json'], ['logs', '--lines', '0'], ['audit', 'list', '--json'], ['receipts', 'list', '--limit', '100', '--json'],
    ['keys', 'list', '--json'], ['keys', 'usage', '--json'], ['runtimes', 'list', '--json'], ['models', 'list', '--json']]) {
    yield ['node: commands', words.join(' '), await told(node, words)];
  }
  for (const route of ['requests?limit=200', 'usage', 'usage?by=model', 'live', 'status', 'models', 'enrollment']) {
    const answer = await operator(node)('GET', `/setup/v1/${route}`);
    assert.equal(answer.status, 200, `${route}: ${answer.text}`);
    yield ['node: setup API', route, Buffer.from(answer.text)];
  }
  const backup = path.join(folder, 'node-backup');
  await told(node, ['backup', backup]);
  yield* filesOf('node: backup', backup);
  const bundle = path.join(folder, 'bundle.tar');
  await told(node, ['support', 'bundle', '--out', bundle]);
  yield ['node: support bundle', 'bundle.tar', fs.readFileSync(bundle)];
}

export async function* places(bench) {
  const folder = path.join(bench.folder, `look-${collected += 1}`);
  fs.mkdirSync(folder, { mode: 0o700 });
  try {
    yield* controlPlaces(bench, folder);
    yield* tellings(bench);
    yield* nodePlaces(bench, folder);
    yield* filesOf('customer: state', bench.ada.home);
    yield ['customer: proxy log', 'standard output and error', Buffer.from(bench.ada.proxyLog)];
    for (const [name, link] of Object.entries(bench.links)) yield [`link: ${name}`, link.url, link.bytes()];
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
