// (g) Embeddings through the node beside llama-server of the same release asked directly: the same file (the default model, under a
// pooling type), one thread each, each on the party's core alone.
import path from 'node:path';
import { copyWithPooling, pooling } from '../tests/e2e/gguf_copy.mjs';
import { Caller } from './caller.mjs';
import { llamaServer } from './llama_server.mjs';
import { b3iq, repoRoot, workDir } from './parties.mjs';

const kModel = 'vectors';
const kShapes = [[1, 1], [1, 16], [8, 1], [8, 16]];  // clients, inputs per call
const kMostClients = 8;
const kSequences = 16;  // of llama-server: it gets a place for each input of a call
const kContext = 512;

let made = 0;
// No text comes twice, so no answer is helped by what was computed before.
const text = () => `Number ${(made += 1)}: what is the capital of the country whose capital is not Paris, and why?`;

// Inputs per second of `clients` that ask again as soon as they are answered.
async function rate(caller, { clients, inputs, seconds }) {
  const end = performance.now() + seconds * 1000;
  let done = 0;
  const client = async () => {
    while (performance.now() < end) {
      const { text: answer } = await caller.call({ model: kModel, input: Array.from({ length: inputs }, text), encoding_format: 'base64' });
      const vectors = answer.split('"embedding":').length - 1;
      if (vectors < inputs) throw new Error(`${caller.party.name}: ${vectors} vectors for ${inputs} texts`);
      done += inputs;
    }
  };
  const begin = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  return done / ((performance.now() - begin) / 1000);
}

export async function embeddings(rows, { rounds, seconds, say }) {
  const file = path.join(workDir, 'vectors.gguf');
  copyWithPooling(path.join(repoRoot, 'models/b3iq-atlas-5m-q8_0.gguf'), file, pooling.mean);
  const other = await llamaServer(rows, 'g: embeddings beside llama-server', [
    '--model', file, '--alias', kModel, '--embeddings', '--parallel', String(kSequences), '--ctx-size', String(kSequences * kContext),
    '--batch-size', String(kSequences * kContext), '--ubatch-size', String(kContext),
  ], { httpThreads: 2 * kMostClients });
  if (!other) return;
  const ours = await b3iq({ folder: 'b3iq-vectors', runtimes: [{ id: 'vectors', kind: 'embedded', model: file, name: kModel, threads: 1 }] });
  const mine = new Caller(ours, '/v1/embeddings', { secret: ours.secret, connections: kMostClients });
  const theirs = new Caller(other, '/v1/embeddings', { connections: kMostClients });
  for (const caller of [mine, theirs]) await rate(caller, { clients: kMostClients, inputs: 16, seconds: 1 });
  const cells = kShapes.map(([clients, inputs]) => ({ clients, inputs, ours: [], theirs: [] }));
  for (let round = 0; round < rounds; round += 1) {
    say(`(g) round ${round + 1} of ${rounds}`);
    for (const cell of cells) {
      cell.ours.push(await rate(mine, { ...cell, seconds }));
      cell.theirs.push(await rate(theirs, { ...cell, seconds }));
    }
  }
  for (const { clients, inputs, ours: own, theirs: direct } of cells) {
    rows.add({
      name: `g: embeddings, ${clients} client${clients > 1 ? 's' : ''}, ${inputs} input${inputs > 1 ? 's' : ''} per call`, ours: own, opponent: direct,
      opponentName: 'llama-server directly, same release', unit: 'inputs/s', goal: '>= 0.95', met: (_, __, ratio) => ratio >= 0.95,
    });
  }
  mine.close();
  theirs.close();
  await Promise.all([ours.stop(), other.stop()]);
}
