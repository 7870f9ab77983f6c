// The embedded runtime's worker process: what it may do, and that its death is not the node's.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { checkCompletion } from './shapes.mjs';
import { completionChunks } from './wire.mjs';
import { Node, defaultModel, longChat, until } from './node.mjs';

let node;
let secret;
const paris = { model: defaultModel, messages: [{ role: 'user', content: 'What is the capital of France?' }], temperature: 0 };

before(async () => {
  node = await Node.start();
  await node.ready();
  ({ secret } = await node.key({ name: 'worker' }));
});
after(() => node?.close());

test('worker: no network, no rights, seccomp', () => {
  const [worker] = node.workers();
  assert.ok(worker, 'a worker runs');
  const status = fs.readFileSync(`/proc/${worker.pid}/status`, 'utf8');
  assert.match(status, /^NoNewPrivs:\s+1$/m);
  assert.match(status, /^Seccomp:\s+2$/m);
  assert.match(status, /^CapEff:\s+0{16}$/m);
  assert.match(status, /^CapPrm:\s+0{16}$/m);
  const limits = fs.readFileSync(`/proc/${worker.pid}/limits`, 'utf8');
  assert.match(limits, /^Max core file size\s+1\s/m);
  assert.match(limits, /^Max file size\s+0\s/m);
  const words = fs.readFileSync(`/proc/${worker.pid}/cmdline`, 'utf8');
  assert.doesNotMatch(words, /b3iq_|identity|config\.json/, 'nothing of the agent on the command line');
});

test('worker: nobody but root may look inside, and it holds no file of the agent', (t) => {
  const [worker] = node.workers();
  let open;
  try {
    open = fs.readdirSync(`/proc/${worker.pid}/fd`);
  } catch (error) {
    assert.equal(error.code, 'EACCES');
    assert.throws(() => fs.readFileSync(`/proc/${worker.pid}/environ`), { code: 'EACCES' });
    assert.throws(() => fs.readlinkSync(`/proc/${worker.pid}/cwd`), { code: 'EACCES' });
    t.diagnostic(`not checked: the worker's descriptors, which only root may list (this run is user ${process.getuid()})`);
    return;
  }
  const files = open.map((fd) => {
    try { return fs.readlinkSync(`/proc/${worker.pid}/fd/${fd}`); } catch { return ''; }
  });
  assert.ok(files.some((file) => file.startsWith('socket:')), `its socket is among ${files}`);
  for (const file of files) assert.doesNotMatch(file, /state\.db|identity|config\.json|agent\.lock/, 'the worker holds a file of the agent');
});

test('worker: eight parallel chats all answer, each as if it were alone', async () => {
  const alone = (await node.chat(paris, secret)).json.choices[0].message.content;
  const answers = await Promise.all(Array.from({ length: 8 }, () => node.chat(paris, secret)));
  for (const answer of answers) {
    checkCompletion(answer.json);
    assert.equal(answer.json.choices[0].message.content, alone);
  }
});

test('worker: a long answer comes token by token, not in one piece', async () => {
  const answer = await node.chat(longChat(), secret);
  const chunks = completionChunks(answer.text).filter((chunk) => chunk.choices[0]?.delta?.content);
  assert.ok(chunks.length > 20, `${chunks.length} chunks`);
});

test('worker: killed in the middle of streams, each client gets an honest end and the next request an answer', { timeout: 90_000 }, async () => {
  const [worker] = node.workers();
  const streams = Array.from({ length: 4 }, (_, i) => node.chat(longChat(i + 1), secret).catch((error) => ({ text: `cut: ${error.code}`, status: 0 })));
  await new Promise((resolve) => setTimeout(resolve, 150));
  process.kill(worker.pid, 'SIGKILL');
  for (const answer of await Promise.all(streams)) {
    assert.doesNotMatch(answer.text, /\[DONE\]/, 'a cut stream must not look finished');
    assert.match(answer.text, /runtime_failed|runtime_unreachable|model_loading|cut: /, answer.text.slice(-300));
  }
  const answer = await until(async () => {
    const next = await node.chat(paris, secret);
    if (next.status === 200) return next;
    assert.equal(next.status, 503, next.text);
    return undefined;
  }, 60_000, 'an answer from a new worker');
  assert.match(answer.json.choices[0].message.content, /Paris/);
  assert.notEqual(node.workers()[0].pid, worker.pid);
  assert.equal(node.ended, undefined);
});

test('worker: a prompt beyond the context is refused by name, not cut', async () => {
  const answer = await node.chat({ ...paris, messages: [{ role: 'user', content: 'word '.repeat(60_000) }] }, secret);
  assert.equal(answer.status, 400, answer.text.slice(0, 300));
  assert.equal(answer.json.error.code, 'context_length_exceeded');
});
