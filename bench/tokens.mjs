// (c) Tokens per second of the embedded model: one chat through the node beside llama.cpp called directly in a process, and eight
// parallel chats beside llama-server of the same release. All with one thread, greedy, each on the party's core alone.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';
import { llamaServer } from './llama_server.mjs';
import { b3iq, binDir, get, partyCore, pinned, repoRoot, workDir } from './parties.mjs';
import { median } from './stats.mjs';

const kTokens = 200;
const kParallel = 8;
const kContextPerChat = 512;
const kPrompts = 5;  // per round; no prompt comes twice, so no answer is helped by the last one's cache
const kMoreRounds = 8;  // of one chat: the goal is one percent, where rounds of a second differ by twenty
const kDirectMs = 60_000;
const kHaswell = 'libggml-cpu-haswell.so';
const libDir = path.join(binDir, '../lib/llama');
const modelFile = path.join(repoRoot, 'models/b3iq-atlas-5m-q8_0.gguf');
const direct = path.join(binDir, 'llama_direct');

const prompt = (round, i) => `Count from ${round * 100 + i + 1} to ${round * 100 + i + 90}.`;

// One streamed chat on a connection that stands already, as a client that keeps its connections has it: completion tokens, and seconds
// from the request to the last of them. (The receipt and [DONE] come after, when the receipt is on the disk: `whole` counts to
// there.) Plain sockets, so that the time is the server's and not an HTTP library's.
async function chat({ port, secret, model, text }) {
  const body = JSON.stringify({
    model, messages: [{ role: 'user', content: text }], temperature: 0, max_tokens: kTokens, stream: true, stream_options: { include_usage: true },
  });
  const request = `POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nConnection: close\r\n` +
    `Authorization: Bearer ${secret}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.setNoDelay(true);
  let answer = '';
  const begin = process.hrtime.bigint();
  let last = begin;
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
    if (chunk.includes('"content":"')) last = process.hrtime.bigint();
  });
  socket.write(request);
  await once(socket, 'close');
  const tokens = Number(/"completion_tokens":([0-9]+)/.exec(answer)?.[1] ?? 0);
  if (!answer.startsWith('HTTP/1.1 200 ') || tokens === 0) throw new Error(`chat: ${answer.slice(0, 300)}`);
  return { tokens, seconds: Number(last - begin) / 1e9, whole: Number(process.hrtime.bigint() - begin) / 1e9 };
}

const directWords = (lib, ...more) => [...pinned(partyCore), direct, '--model', modelFile, '--lib-dir', lib, '--tokens', String(kTokens), ...more];

// A program with llama.cpp in it that stays, as the node does: both wait for each prompt, and come to it with the caches that the
// other party has left behind. Its own clock runs from the prompt's line to the last token.
class DirectChat {
  constructor(lib) {
    const [program, ...rest] = directWords(lib, '--stdin');
    this.child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'ignore'] });
    this.lines = readline.createInterface({ input: this.child.stdout });
  }

  async ask(text) {
    const signal = AbortSignal.timeout(kDirectMs);
    const answer = once(this.lines, 'line', { signal });
    this.child.stdin.write(`${text}\n`);
    const [line] = await answer;
    return JSON.parse(line);
  }

  stop() {
    this.child.stdin.end();
  }
}

// One prompt in a process of its own, which computes it twice; the second time counts.
function callDirect(lib, text) {
  const [program, ...rest] = directWords(lib, '--rounds', '1', '--prompt', text);
  const ran = spawnSync(program, rest, { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`llama_direct: ${ran.stderr}${ran.stdout}`);
  const result = JSON.parse(ran.stdout);
  return { tokens: result.tokens, seconds: result.seconds[0] };
}

// The library picks its kernels by the CPU; the AVX2 ones can be faster for a small model. The direct opponent gets the better.
function fasterKernels() {
  const avx2 = path.join(workDir, 'lib-avx2');
  fs.rmSync(avx2, { recursive: true, force: true });
  fs.mkdirSync(avx2, { recursive: true });
  for (const name of fs.readdirSync(libDir)) {
    if (!name.startsWith('libggml-cpu-') || name === kHaswell) fs.symlinkSync(path.join(libDir, name), path.join(avx2, name));
  }
  const rate = (lib) => {
    try {
      return median([0, 1, 2].map((i) => callDirect(lib, prompt(90, i))).map(({ tokens, seconds }) => tokens / seconds));
    } catch {
      return 0;
    }
  };
  return rate(avx2) > rate(libDir) ? { lib: avx2, kernels: 'AVX2' } : { lib: libDir, kernels: 'as the library picks' };
}

const rateOf = (answers) => answers.reduce((sum, one) => sum + one.tokens, 0) / answers.reduce((sum, one) => sum + one.seconds, 0);

async function single(rows, node, { rounds, say }) {
  if (!fs.existsSync(direct)) {
    rows.skip('c: the node beside llama.cpp called directly', `${direct} is not built`);
    return;
  }
  const { lib, kernels } = fasterKernels();
  const program = new DirectChat(lib);
  await program.ask('Hi');
  const ours = [];
  const theirs = [];
  let counts = '';
  const many = rounds * kMoreRounds;
  for (let round = 0; round < many; round += 1) {
    if (round % kMoreRounds === 0) say(`(c) one chat, round ${round + 1} of ${many}`);
    const mine = [];
    const other = [];
    for (let i = 0; i < kPrompts; i += 1) {
      const text = prompt(round, i);
      const ask = [async () => mine.push(await chat({ ...node, text })), async () => other.push(await program.ask(text))];
      for (const party of (round + i) % 2 ? ask.reverse() : ask) await party();
    }
    ours.push(rateOf(mine));
    theirs.push(rateOf(other));
    const toEnd = mine.reduce((sum, one) => sum + one.whole - one.seconds, 0) / mine.length;
    counts = `tokens of the last round: ${mine.map((one) => one.tokens).join(',')} and ${other.map((one) => one.tokens).join(',')}; ` +
      `from the last token to [DONE] ${(toEnd * 1000).toFixed(1)} ms`;
  }
  program.stop();
  rows.add({
    name: 'c: tokens/s, one chat', ours, opponent: theirs, opponentName: `llama.cpp called directly (${kernels})`, unit: 'tokens/s', goal: '>= 0.99',
    met: (_, __, ratio) => ratio >= 0.99, note: `streamed, from the request to the last token; ${counts}`,
  });
}

async function parallel(rows, node, { rounds, say }) {
  say('(c) llama-server (built once, some minutes)');
  const other = await llamaServer(rows, 'c: eight parallel chats beside llama-server', [
    '--model', modelFile, '--parallel', String(kParallel), '--ctx-size', String(kParallel * kContextPerChat), '--jinja',
  ]);
  if (!other) return;
  const theirParty = { port: other.port, secret: 'none', model: 'any' };
  const ours = [];
  const theirs = [];
  const eight = async (party, round) => {
    const begin = process.hrtime.bigint();
    const answers = await Promise.all(Array.from({ length: kParallel }, (_, i) => chat({ ...party, text: prompt(round, 50 + i) })));
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    return answers.reduce((sum, one) => sum + one.tokens, 0) / seconds;
  };
  await eight(node, 80);
  await eight(theirParty, 80);
  for (let round = 0; round < rounds; round += 1) {
    say(`(c) eight chats, round ${round + 1} of ${rounds}`);
    for (let i = 0; i < 3; i += 1) {
      ours.push(await eight(node, 3 * round + i));
      theirs.push(await eight(theirParty, 3 * round + i));
    }
  }
  rows.add({
    name: 'c: tokens/s, eight parallel chats', ours, opponent: theirs, opponentName: 'llama-server, same release', unit: 'tokens/s', goal: '>= 1.0',
    met: (_, __, ratio) => ratio >= 1,
  });
  await other.stop();
}

export async function tokens(rows, options) {
  const ours = await b3iq({
    folder: 'b3iq-embedded', runtimes: [{ id: 'embedded', kind: 'embedded', slots: kParallel, threads: 1 }],
  });
  const models = async () => JSON.parse((await get(ours.port, '/v1/models', { authorization: `Bearer ${ours.secret}` })).text).data;
  await ours.up(async () => (await models()).length > 0);
  const node = { port: ours.port, secret: ours.secret, model: (await models())[0].id };
  await ours.up(() => chat({ ...node, text: 'Hi' }));
  await single(rows, node, options);
  await parallel(rows, node, options);
  await ours.stop();
}
