// The command line of b3iq-host: --json on every read, documented exit codes, secrets never in argv.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, defaultModel, hostBin, longChat, run } from './node.mjs';

let node;
let secret;
let keyFile;

before(async () => {
  node = await Node.start();
  await node.ready();
  ({ secret } = await node.key({ name: 'cli' }));
  keyFile = path.join(node.home, 'key');
  fs.writeFileSync(keyFile, `${secret}\n`, { mode: 0o600 });
});
after(() => node?.close());

test('cli: init a second time changes nothing that matters', async () => {
  const before = (await node.cli(['status', '--json'])).json;
  const again = await node.cli(['init', '--json']);
  const after = (await node.cli(['status', '--json'])).json;
  assert.equal(after.node_id, before.node_id);
  assert.ok([0, 1].includes(again.code), again.stderr);
  assert.equal((await node.get('/v1/models', secret)).status, 200, 'keys are kept');
});

test('cli: every read has --json, and tells no secret', async () => {
  const reads = [
    ['status'], ['doctor'], ['version'], ['keys', 'list'], ['keys', 'usage'], ['models', 'list'], ['receipts', 'list'], ['config', 'show'],
    ['inventory'], ['runtimes', 'list'], ['runtimes', 'probe'], ['support', 'list'], ['audit', 'list'], ['audit', 'verify'],
  ];
  for (const args of reads) {
    const answer = await node.cli([...args, '--json']);
    assert.ok([0, 5].includes(answer.code), `${args.join(' ')}: ${answer.code} ${answer.stderr}`);
    assert.ok(answer.json !== undefined, `${args.join(' ')}: ${answer.stdout}`);
    assert.ok(!answer.stdout.includes('b3iq_local_') && !answer.stdout.includes('b3iq_setup_'));
    const plain = await node.cli(args);
    assert.equal(plain.code, answer.code);
    assert.ok(plain.stdout.length > 0);
  }
});

test('cli: chat with --api-key-file streams an answer; the message comes as an argument or on stdin', async () => {
  const argument = await node.cli(['chat', '--api-key-file', keyFile, 'What is the capital of France?']);
  assert.equal(argument.code, 0, argument.stderr);
  assert.match(argument.stdout, /\S/);
  const stdin = await node.cli(['chat', '--api-key-file', keyFile, '--model', defaultModel], { input: 'What is the capital of France?\n' });
  assert.equal(stdin.code, 0, stdin.stderr);
  assert.match(stdin.stdout, /\S/);
});

test('cli: chat with --api-key-stdin', async () => {
  const answer = await node.cli(['chat', '--api-key-stdin', 'What is the capital of France?'], { input: `${secret}\n` });
  assert.equal(answer.code, 0, answer.stderr);
  assert.match(answer.stdout, /\S/);
});

test('cli: a secret as an argument is refused and not repeated', async () => {
  const answer = await node.cli(['chat', '--api-key', secret, 'Hi']);
  assert.equal(answer.code, 2, `${answer.code} ${answer.stdout}`);
  assert.ok(!(answer.stdout + answer.stderr).includes(secret));
});

test('cli: exit codes: usage 2, refused 4, not running 3', async () => {
  assert.equal((await node.cli(['nonsense'])).code, 2);
  assert.equal((await node.cli(['keys', 'create'])).code, 2);
  assert.equal((await node.cli(['status', '--nonsense'])).code, 2);
  const wrong = path.join(node.home, 'wrong');
  fs.writeFileSync(wrong, `b3iq_local_${'0'.repeat(49)}\n`, { mode: 0o600 });
  assert.equal((await node.cli(['chat', '--api-key-file', wrong, 'Hi'])).code, 4);
  await node.stop();
  const away = await node.cli(['chat', '--api-key-file', keyFile, 'Hi']);
  assert.equal(away.code, 3, away.stderr);
  assert.match(away.stderr, /serve/, 'says what to do next');
  await node.serve();
});

test('cli: a key file that others can read is refused or warned about', async () => {
  const open = path.join(node.home, 'open');
  fs.writeFileSync(open, `${secret}\n`, { mode: 0o644 });
  fs.chmodSync(open, 0o644);
  const answer = await node.cli(['chat', '--api-key-file', open, 'Hi']);
  assert.ok(answer.code !== 0 || /chmod|permission|0600/i.test(answer.stderr), answer.stderr);
});

test('cli: a second serve on the same home is refused', async () => {
  const second = await run(hostBin, ['serve', '--listen', '127.0.0.1:0'], { env: node.environment, timeoutMs: 10_000 });
  assert.ok(second.code > 0, JSON.stringify(second));
});

test('cli: an unknown member or a bad value in config.json stops the start and is named', async () => {
  const file = path.join(node.home, 'config.json');
  const good = fs.readFileSync(file, 'utf8');
  await node.stop();
  try {
    for (const [patch, name] of [[{ lissten: '127.0.0.1:1' }, 'lissten'], [{ listen: 7 }, 'listen'], [{ runtimes: [{ id: 'x', kind: 'magic' }] }, 'magic|kind']]) {
      fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(good), ...patch }), { mode: 0o600 });
      const ended = await run(hostBin, ['serve', '--listen', '127.0.0.1:0'], { env: node.environment, timeoutMs: 10_000 });
      assert.ok(ended.code > 0, `${JSON.stringify(patch)}: ${JSON.stringify(ended)}`);
      assert.match(ended.stderr, new RegExp(name));
    }
  } finally {
    fs.writeFileSync(file, good, { mode: 0o600 });
    await node.serve();
  }
});

test('cli: a chat is seen in receipts list, and receipts show gives the signed document', async () => {
  assert.equal((await node.cli(['chat', 'What is the capital of France?', '--max-tokens', '5'])).code, 0);
  const { json } = await node.cli(['receipts', 'list', '--limit', '1', '--json']);
  const [{ receipt_hash: hash, receipt }] = json.data;
  const shown = await node.cli(['receipts', 'show', hash]);
  assert.deepEqual(JSON.parse(shown.stdout), receipt);
  const unknown = await node.cli(['receipts', 'show', `0x${'0'.repeat(64)}`]);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /not_found/);
});

test('cli: config show names the source of each value, and config check what is wrong', async () => {
  const shown = await node.cli(['config', 'show', '--json'], { env: { B3IQ_LOG_LEVEL: 'debug' } });
  assert.deepEqual(shown.json['log.level'], { value: 'debug', origin: 'environment', where: 'B3IQ_LOG_LEVEL' });
  assert.equal(shown.json.drain.origin, 'default');
  assert.equal(shown.json.setup.value, '(secret)');
  assert.equal((await node.cli(['config', 'check'])).code, 0);
  assert.equal((await node.cli(['config', 'check', '--json'])).json.right, true);
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-check-'));
  assert.equal((await run(hostBin, ['init'], { env: { B3IQ_HOME: `${home}/h` } })).code, 0);
  for (const [entry, words] of [
    [{ kind: 'openai', base_url: 'http://u:p@127.0.0.1/v1' }, /'up'.*user name/], [{ kind: 'openai', base_url: 'file:///etc' }, /'up'.*http:/],
    [{ kind: 'ollama', base_url: 'http://127.0.0.1:11434/v1' }, /'up'.*\/v1/],
    [{ kind: 'vllm', base_url: 'http://127.0.0.1:8000', api_key_file: '/nope' }, /'up'.*api_key_file.*\/nope/],
  ]) {
    const file = `${home}/h/config.json`;
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, 'utf8')), runtimes: [{ id: 'up', ...entry }] }));
    const checked = await run(hostBin, ['config', 'check'], { env: { B3IQ_HOME: `${home}/h` } });
    assert.equal(checked.code, 1, entry.base_url);
    assert.match(checked.stderr, words);
  }
  fs.rmSync(home, { recursive: true });
  const bad = await node.cli(['config', 'check'], { env: { B3IQ_LOG_LEVEL: 'loud' } });
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /B3IQ_LOG_LEVEL/);
});

test('cli: top shows a running call with its tokens', async () => {
  const running = node.chat(longChat(3), secret).catch(() => {});
  let line;
  for (let i = 0; i < 100 && !line; i += 1) {
    const { stdout, code } = await node.cli(['top', '--once']);
    assert.equal(code, 0);
    line = /^\S+ +key_\S+ +b3iq-atlas-5m +embedded +generating .*$/m.exec(stdout)?.[0];
  }
  await running;
  assert.ok(line, 'the call was seen while it ran');
  const { json } = await node.cli(['top', '--json']);
  assert.deepEqual(Object.keys(json), ['status', 'inventory', 'live', 'runtimes']);
  assert.ok(json.status.receipts_since_start >= 1 && Array.isArray(json.live.data));
});

test('cli: completions come from the table of commands, and a shell takes them', async () => {
  const script = (await node.cli(['completion', 'bash'])).stdout;
  const ask = async (...words) => {
    const probe = `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _b3iq_host; echo "\${COMPREPLY[@]}"`;
    const { stdout, stderr, code } = await run('bash', ['-c', probe]);
    assert.equal(code, 0, stderr);
    return stdout.trim().split(' ');
  };
  assert.ok((await ask('b3iq-host', '')).includes('receipts'));
  assert.deepEqual(await ask('b3iq-host', 'keys', 're'), ['revoke']);
  assert.deepEqual(await ask('b3iq-host', '--home', '/x', 'keys', 'create', '--budget-p'), ['--budget-period']);
  assert.deepEqual(await ask('b3iq-host', 'keys', 'create', '--scope', ''), ['chat', 'models', 'receipts', 'metrics']);
  assert.deepEqual(await ask('b3iq-host', 'completion', 'z'), ['zsh']);
  const help = (await node.cli(['--help'])).stdout;
  const page = (await node.cli(['completion', 'man'])).stdout;
  for (const [, command] of help.matchAll(/^  ([a-z]+) +[A-Z]/gm)) assert.ok(page.includes(`.SS "${command}`), `${command} is in the manual`);
  for (const shell of ['zsh', 'fish']) assert.match((await node.cli(['completion', shell])).stdout, /keys/);
});

test('cli: the service unit starts this program for this home, and says what a machine without systemd lacks', async () => {
  const { stdout, code } = await node.cli(['service', 'print']);
  assert.equal(code, 0);
  assert.ok(stdout.includes(`ExecStart=${hostBin} --home ${node.home} serve`), stdout.slice(0, 600));
  if (fs.existsSync('/run/systemd/system')) return;
  const refused = await node.cli(['service', 'install']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /systemd does not run/);
});
