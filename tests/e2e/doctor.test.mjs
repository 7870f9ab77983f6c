// Issue 3: `doctor` names what is wrong and the fix. Each fault is induced alone in a healthy home; exactly its check must turn,
// nothing in the home may change, and a fix that is a command is run and must mend it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, defaultModel, hostBin, repoRoot, run, upstreamConfig } from './node.mjs';
import { Upstream } from './upstream.mjs';
import { Patient, ggufHead } from './doctor_bench.mjs';

const kAtOnce = 4;
const isRoot = process.getuid() === 0;
const apiKey = 'sk-not-to-be-shown-1234';
let base;
let secrets;
let hasGpu;
let hasSqlite;

function fresh() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-doctor-'));
  const patient = new Patient(path.join(folder, 'home'));
  if (!base) return patient;
  fs.cpSync(base.home, patient.home, { recursive: true });
  // Not every Node.js copies the modes of folders.
  fs.chmodSync(patient.home, 0o700);
  for (const entry of fs.readdirSync(patient.home, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) fs.chmodSync(path.join(entry.parentPath ?? entry.path, entry.name), 0o700);
  }
  return patient;
}

before(async () => {
  base = undefined;
  const patient = fresh();
  assert.equal((await patient.cli('init')).code, 0);
  patient.configure({ listen: '127.0.0.1:0' });
  const made = await patient.cli('keys', 'create', '--name', 'app', '--json');
  assert.equal(made.code, 0, made.stderr);
  const seed = fs.readFileSync(patient.at('secrets/identity.key'), 'utf8').trim().split(' ').at(-1);
  secrets = [made.json.secret, seed, apiKey];
  base = patient;
  const gpus = (await patient.cli('inventory', '--json')).json?.inventory?.gpus;
  hasGpu = (gpus ?? []).length > 0;
  hasSqlite = (await run('sh', ['-c', 'command -v sqlite3'])).code === 0;
});
after(() => base?.close());

// What is not good, by check; a home without a node is healthy here.
async function examine(patient, { serving = false } = {}) {
  const { code, json, stdout, stderr } = await patient.cli('doctor', '--json');
  assert.ok(json, stdout + stderr);
  for (const secret of secrets) assert.ok(!stdout.includes(secret), 'no secret is shown');
  const wrong = json.checks.filter(({ verdict, check }) => verdict !== 'good' && (serving || check !== 'node.running'));
  assert.equal(code, wrong.some(({ verdict }) => verdict === 'fault') ? 5 : 0);
  for (const { check, found, fix } of wrong) assert.ok(found && fix, `${check} says what and how`);
  return { wrong, all: json.checks };
}

const rm = (name) => (p) => fs.rmSync(p.at(name), { recursive: true });
const chmod = (name, mode) => (p) => fs.chmodSync(p.at(name), mode);
const write = (name, text, mode = 0o600) => (p) => fs.writeFileSync(p.at(name), text, { mode });
const configure = (patch) => (p) => p.configure(patch);
const json = (body, status = 200) => (_, res) => res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const remote = { listen: '0.0.0.0:0', allow_remote: true };

// [what, check, harm, words of the fix, more]; more.mends: the fix is a command that must mend it.
const mends = { mends: true };
const warns = { verdict: 'warning' };
const faults = [
  ['home missing', 'home.exists', rm('.'), /init/, mends],
  ['home open to others', 'home.mode', chmod('.', 0o755), /^chmod 700 /, mends],
  ['home not writable', 'home.mode', chmod('.', 0o500), /^chmod 700 /, mends],
  ['home of another user', 'home.owner', (p) => fs.chownSync(p.home, 65534, 65534), /^sudo -u nobody/, { skip: () => !isRoot }],
  ['run folder missing', 'home.run', rm('run'), /^mkdir -m 700 /, mends],
  ['run folder not writable', 'home.run', chmod('run', 0o500), /^chmod 700 /, mends],
  ['run is a file', 'home.run', (p) => { rm('run')(p); write('run', '')(p); }, /^mv .* && mkdir/, mends],
  ['models folder missing', 'home.models', rm('models'), /^mkdir -m 700 /, mends],
  ['models folder not writable', 'home.models', chmod('models', 0o500), /^chmod 700 /, mends],
  ['secrets folder open to others', 'home.secrets', chmod('secrets', 0o755), /^chmod 700 /, mends],

  ['identity missing', 'identity.file', rm('secrets/identity.key'), /backup.*init/],
  ['identity readable by others', 'identity.mode', chmod('secrets/identity.key', 0o640), /^chmod 600 /, mends],
  ['identity damaged', 'identity.intact', write('secrets/identity.key', 'b3iq-ed25519-seed-v1 short\n'), /--with-identity/],

  ['config missing', 'config.exists', rm('config.json'), /init/, mends],
  ['config not JSON', 'config.syntax', write('config.json', '{ "listen": '), /Correct .*config\.json/],
  ['config with an unknown member', 'config.settings', configure({ listne: '127.0.0.1:1' }), /config check/],
  ['config with a wrong value', 'config.settings', configure({ listen: 'everywhere' }), /docs\/config\.md/],
  ['config readable by others', 'config.mode', chmod('config.json', 0o644), /^chmod 600 /, mends],
  ['config of another node', 'config.node_id', configure({ node_id: `b3n_${'a'.repeat(32)}` }), /right key back|remove node_id/],
  ['a preferred runtime that there is not', 'config.settings', configure({ models: { prefer: { x: 'gone' } } }), /config check/],
  ['half of TLS', 'config.settings', configure({ tls: { key: '/nowhere' } }), /config check/],

  ['database missing', 'state.exists', rm('state.db'), /Restore a backup/],
  ['database empty', 'state.intact', write('state.db', ''), /restore YOUR_BACKUP/],
  ['database header damaged', 'state.intact', (p) => p.damage('state.db', 0, 16), /restore YOUR_BACKUP/],
  ['database damaged in the middle', 'state.intact', (p) => p.damage('state.db', 4096 * 2, 4096 * 3), /restore YOUR_BACKUP/],
  ['database cut off', 'state.intact', (p) => fs.truncateSync(p.at('state.db'), 8192), /restore YOUR_BACKUP/],
  ['database of another program', 'state.intact', (p) => p.damage('state.db', 68, 4), /restore YOUR_BACKUP/],
  ['database of a newer program', 'state.schema', async (p) => {
    const sql = "INSERT INTO schema_migrations VALUES (99, 'later', 'x', 0)";
    assert.equal((await p.shell(`sqlite3 ${p.at('state.db')} "${sql}"`)).code, 0);
  }, /newer b3iq-host/, { skip: () => !hasSqlite }],
  ['database readable by others', 'state.mode', chmod('state.db', 0o644), /^chmod 600 /, mends],

  ['no active key', 'keys.active', async (p) => {
    const [key] = (await p.cli('keys', 'list', '--json')).json.data;
    assert.equal((await p.cli('keys', 'revoke', key.id)).code, 0);
  }, /^b3iq-host .*keys create/, { ...warns, ...mends }],
  ['all keys expired', 'keys.expired', async (p) => {
    assert.equal((await p.shell(`sqlite3 ${p.at('state.db')} "UPDATE local_keys SET expires_at_ms = 1"`)).code, 0);
  }, /^b3iq-host .*keys create/, { ...warns, ...mends, skip: () => !hasSqlite }],

  ['runtime that is not there', 'runtime.up.reach', (p) => p.runtime({ base_url: 'http://127.0.0.1:1/v1' }), /Start that runtime/],
  ['runtime that hangs', 'runtime.up.reach', async (p) => p.runtime({ base_url: await p.tcpServer(() => {}) }), /Start that runtime/],
  ['a web site where the runtime should be', 'runtime.up.answers',
    async (p) => p.runtime({ base_url: await p.httpServer((_, res) => res.end('<html>hello</html>')) }), /base_url.*runtimes probe/],
  ['no HTTP where the runtime should be', 'runtime.up.answers',
    async (p) => p.runtime({ base_url: await p.tcpServer((socket) => socket.on('data', () => socket.end('220 mail.example ready\r\n'))) }), /base_url/],
  ['the runtime of another kind', 'runtime.up.answers',
    async (p) => p.runtime({ kind: 'ollama', base_url: await p.httpServer(json({ data: [{ id: 'm' }] })) }), /its kind/],
  ['runtime that wants a key', 'runtime.up.access', async (p) => p.runtime({ base_url: await p.httpServer(json({}, 401)) }), /api_key_file/],
  ['runtime without a model', 'runtime.up.models', async (p) => p.runtime({ base_url: await p.httpServer(json({ data: [] })) }), /Load a model/, warns],
  ['runtime without the configured model', 'runtime.up.models',
    async (p) => p.runtime({ base_url: await p.httpServer(json({ data: [{ id: 'a' }] })), models: ['b'] }), /Load the model/, warns],
  ['runtime address with a password', 'runtime.up.address', (p) => p.runtime({ base_url: `http://me:${apiKey}@127.0.0.1:1` }), /without user name/],
  ['runtime key missing', 'runtime.up.key_file', (p) => p.runtime({ base_url: 'http://127.0.0.1:1', api_key_file: p.at('secrets/none') }), /Put the key there/],
  ['runtime key readable by others', 'runtime.up.key_file', async (p) => {
    fs.writeFileSync(p.at('secrets/lan'), apiKey, { mode: 0o644 });
    p.runtime({ base_url: await p.httpServer(json({ data: [{ id: 'm' }] })), api_key_file: p.at('secrets/lan') });
  }, /^chmod 600 /, mends],
  ['runtime authority missing', 'runtime.up.ca_file', (p) => p.runtime({ base_url: 'https://127.0.0.1:1', ca_file: p.at('none.pem') }), /authority's certificate/],

  ['model file missing', 'runtime.own.model', (p) => p.model('none.gguf'), /Put the file there/],
  ['model file no GGUF', 'runtime.own.gguf', (p) => { write('models/a.gguf', 'PK\x03\x04 something else entirely')(p); p.model('a.gguf'); }, /Download .* again/],
  ['model file cut off', 'runtime.own.gguf', (p) => {
    const whole = fs.readFileSync(path.join(path.dirname(hostBin), '../share/b3iq/models/b3iq-atlas-5m-q8_0.gguf'));
    write('models/a.gguf', whole.subarray(0, whole.length - 100_000))(p);
    p.model('a.gguf');
  }, /Download .* again/],
  ['model larger than the memory', 'runtime.own.memory', (p) => {
    const floats = os.totalmem();  // four bytes each
    const head = ggufHead(floats);
    write('models/a.gguf', head)(p);
    fs.truncateSync(p.at('models/a.gguf'), head.length + floats * 4);
    p.model('a.gguf');
  }, /smaller model/],
  ['GPU layers without a GPU', 'runtime.embedded.gpu',
    configure({ runtimes: [{ id: 'embedded', kind: 'embedded', gpu_layers: -1 }] }), /gpu_layers .* 0/, { skip: () => hasGpu }],
  ['alias that leads nowhere', 'models.alias', configure({ models: { aliases: { 'gpt-4': 'gone' } } }), /models\.aliases/],
  ['preference that leads nowhere', 'models.prefer', configure({ models: { prefer: { gone: 'embedded' } } }), /models\.prefer/, warns],
  ['no runtime', 'models.offered', configure({ runtimes: [], models: {} }), /"embedded"/],

  ['certificate missing', 'tls.certificate', (p) => { p.certify(); rm('cert.pem')(p); }, /tls\.certificate/],
  ['certificate that is none', 'tls.certificate', (p) => { p.certify(); write('cert.pem', 'hello')(p); }, /tls\.certificate/],
  ['certificate expired', 'tls.validity', (p) => p.certify({ fromDays: -90, untilDays: -1 }), /Renew/],
  ['certificate of tomorrow', 'tls.validity', (p) => p.certify({ fromDays: 1 }), /clock/],
  ['certificate that expires soon', 'tls.validity', (p) => p.certify({ untilDays: 3 }), /Renew/, warns],
  ['key of another certificate', 'tls.key', (p) => { p.certify(); const cert = fs.readFileSync(p.at('cert.pem')); p.certify(); fs.writeFileSync(p.at('cert.pem'), cert); }, /tls\.key/],
  ['certificate key missing', 'tls.key', (p) => { p.certify(); rm('key.pem')(p); }, /tls\.key/],
  ['certificate key readable by others', 'tls.key_mode', (p) => { p.certify(); chmod('key.pem', 0o644)(p); }, /^chmod 600 /, mends],

  ['port taken', 'listen.port', async (p) => p.configure({ listen: `127.0.0.1:${await p.listen(net.createServer())}` }), /ss -ltnp/],
  ['address of no interface', 'listen.address', (p) => p.certify({}, { ...remote, listen: '192.0.2.1:0' }), /127\.0\.0\.1/],
  ['remote without leave', 'listen.remote', (p) => p.certify({}, { ...remote, allow_remote: false }), /allow_remote/],
  ['remote without TLS', 'listen.tls', configure(remote), /tls\.certificate/],

  ['worker missing', 'install.worker', (p) => install(p, 'bin/b3iq-worker'), /Install the program again/],
  ['llama library missing', 'install.llama', (p) => install(p, 'lib/llama'), /Install the program again/],
  ['built-in model missing', 'install.model', (p) => install(p, 'share/b3iq/models'), /Install the program again/],
  ['setup wizard missing', 'install.wizard', (p) => install(p, 'share/b3iq/web'), /Install the program again/, warns],
];

// A copy of the program without `piece`, used instead of the built one.
function install(patient, piece) {
  const from = path.resolve(path.dirname(hostBin), '..');
  const prefix = path.join(path.dirname(patient.home), 'prefix');
  fs.mkdirSync(path.join(prefix, 'bin'), { recursive: true });
  fs.copyFileSync(hostBin, path.join(prefix, 'bin/b3iq-host'));
  for (const part of ['bin/b3iq-worker', 'lib/llama', 'share/b3iq/models', 'share/b3iq/web']) {
    if (part === piece) continue;
    fs.mkdirSync(path.dirname(path.join(prefix, part)), { recursive: true });
    fs.symlinkSync(path.join(from, part), path.join(prefix, part));
  }
  patient.bin = path.join(prefix, 'bin/b3iq-host');
}

test('doctor: a healthy home has no fault, and looking changes nothing', async () => {
  const before = base.picture();
  assert.deepEqual((await examine(base)).wrong, []);
  assert.deepEqual(base.picture(), before);
});

test(`doctor names each of ${faults.length} faults and its fix`, { concurrency: kAtOnce }, async (t) => {
  await Promise.all(faults.map(([what, check, harm, words, more = {}]) => t.test(what, async (sub) => {
    if (more.skip?.()) return sub.skip('this machine cannot induce it');
    const patient = fresh();
    try {
      await harm(patient);
      const before = patient.picture();
      const { wrong } = await examine(patient);
      assert.deepEqual(patient.picture(), before, 'nothing was changed');
      assert.deepEqual(wrong.map((one) => [one.check, one.verdict]), [[check, more.verdict ?? 'fault']], JSON.stringify(wrong));
      assert.match(wrong[0].fix, words);
      if (!more.mends) return undefined;
      const mended = await patient.shell(wrong[0].fix);
      assert.equal(mended.code, 0, `${wrong[0].fix}: ${mended.stderr}`);
      const left = (await examine(patient)).wrong.filter((one) => one.check === check);
      assert.deepEqual(left, [], 'the fix mends it');
    } finally {
      await patient.close();
    }
    return undefined;
  })));
});

test('doctor: the key that a remote listener needs', async () => {
  const patient = fresh();
  try {
    const [key] = (await patient.cli('keys', 'list', '--json')).json.data;
    await patient.cli('keys', 'revoke', key.id);
    patient.certify({}, remote);
    const { wrong } = await examine(patient);
    assert.deepEqual(wrong.map(({ check }) => check), ['keys.active', 'listen.key']);
    assert.equal((await patient.shell(wrong[1].fix)).code, 0);
    assert.deepEqual((await examine(patient)).wrong, []);
  } finally {
    await patient.close();
  }
});

test('doctor: while a node serves, while it is stopped, and after it is gone', async () => {
  const patient = fresh();
  const upstream = await Upstream.start();
  let node;
  try {
    node = await Node.start({ home: patient.home, config: upstreamConfig(upstream.url, { models: {} }) });
    const { secret } = await node.key({ name: 'caller' });
    assert.deepEqual((await examine(patient, { serving: true })).wrong, [], 'a serving node is healthy');
    assert.ok((await node.get('/v1/models', secret)).status === 200, 'and was not disturbed');

    upstream.fault = 'status-500';
    for (let i = 0; i < 3; i += 1) await node.chat({ model: 'fake-instant', messages: [{ role: 'user', content: 'Hi' }] }, secret);
    const broken = (await examine(patient, { serving: true })).wrong;
    assert.deepEqual(broken.map(({ check, verdict }) => [check, verdict]), [['runtime.up.breaker', 'fault']]);

    process.kill(node.pid, 'SIGSTOP');
    const began = Date.now();
    const { wrong } = await examine(patient, { serving: true });
    assert.ok(Date.now() - began < 10_000, 'the wait is bounded');
    assert.deepEqual(wrong.map(({ check, verdict }) => [check, verdict]), [['node.answers', 'fault']]);
    assert.equal((await patient.shell(wrong[0].fix)).code, 0);
    const mended = (await examine(patient, { serving: true })).wrong;
    assert.ok(!mended.some(({ check }) => check === 'node.answers'), JSON.stringify(mended));

    await node.crash();
    const gone = (await examine(patient, { serving: true })).wrong;
    assert.deepEqual(gone.map(({ check, verdict }) => [check, verdict]), [['node.running', 'warning']]);
    assert.match(gone[0].fix, /serve$/);
  } finally {
    await node?.kill();
    await upstream.close();
    await patient.close();
  }
});

test('doctor: the embedded runtime of a serving node is looked at too', async () => {
  const node = await Node.start();
  try {
    await node.ready(defaultModel);
    const { json: report } = await node.cli(['doctor', '--json']);
    assert.equal(report.checks.find(({ check }) => check === 'runtime.embedded.worker')?.verdict, 'good');
  } finally {
    await node.close();
  }
});

test('doctor: models that were installed', async () => {
  const patient = fresh();
  try {
    const node = await Node.start({ home: patient.home });
    const made = await node.cli(['models', 'install', path.join(repoRoot, 'models/b3iq-atlas-5m-q8_0.gguf'), '--name', 'mine', '--json']);
    assert.equal(made.code, 0, made.stderr);
    await node.stop();
    patient.configure({ models: { aliases: { 'gpt-4': 'mine' }, prefer: { mine: 'installed' } } });
    const healthy = await examine(patient);
    assert.deepEqual(healthy.wrong, [], 'names may lead to an installed model');

    patient.configure({ models: { memory: '1MiB' } });
    const tight = (await examine(patient)).wrong;
    assert.deepEqual(tight.map(({ check, verdict }) => [check, verdict]), [['models.memory', 'fault']]);
    assert.match(tight[0].fix, /^Raise models\.memory/);
    patient.configure({ models: {} });

    const [folder] = fs.readdirSync(patient.at('models')).filter((name) => name.startsWith('m-'));
    const file = `models/${folder}/model.gguf`;
    for (const harm of [() => fs.truncateSync(patient.at(file), 1000), rm(file)]) {
      harm(patient);
      const { wrong } = await examine(patient);
      assert.deepEqual(wrong.map(({ check, verdict }) => [check, verdict]), [['models.files', 'fault']]);
      assert.equal(wrong[0].fix, 'b3iq-host models remove mine');
      if (fs.existsSync(patient.at(file))) continue;
      assert.equal((await patient.shell(wrong[0].fix)).code, 0);
      assert.deepEqual((await examine(patient)).wrong, [], 'the fix mends it');
    }
  } finally {
    await patient.close();
  }
});

test('doctor: every check is in the list for people, and the list names no other', async () => {
  const page = fs.readFileSync(path.join(repoRoot, 'docs/operating/troubleshooting.md'), 'utf8');
  const listed = new Set([...page.matchAll(/^\| `([a-z_.]+|runtime\.ID\.[a-z_]+|machine\.[a-z_]+)` /gm)].map(([, id]) => id));
  const folder = path.join(repoRoot, 'src/agent/doctor');
  const source = fs.readdirSync(folder).filter((name) => name.endsWith('.cc') && !name.endsWith('_test.cc'))
    .map((name) => fs.readFileSync(path.join(folder, name), 'utf8')).join('\n');
  const known = new Set([...source.matchAll(/"((?:install|home|identity|managed|config|state|keys|node|tls|listen|models|disk)\.[a-z_]+)"/g)].map(([, id]) => id));
  for (const [, part] of source.matchAll(/prefix \+ "\.([a-z_]+)"|"runtime\.\{\}\.([a-z_]+)"/g)) if (part) known.add(`runtime.ID.${part}`);
  for (const [, part] of source.matchAll(/"runtime\.\{\}\.([a-z_]+)"/g)) known.add(`runtime.ID.${part}`);
  for (const [, code] of source.matchAll(/NoteMeaning\{"([a-z_]+)"/g)) known.add(`machine.${code}`);
  known.add('clock');
  for (const [, check] of faults) assert.ok(known.has(check.replace(/^runtime\.[a-z]+\./, 'runtime.ID.')), `${check} is in the source`);
  assert.deepEqual([...listed].sort(), [...known].sort());
});
