// Copies a GGUF file with more pairs at the front, so that a test has a model of another kind: the default model as one that
// makes embeddings. What is added is a multiple of the alignment, so all that follows stays where it belongs.
import fs from 'node:fs';

const kCountAt = 16;
const kPairsAt = 24;
const kAlignment = 32;
export const pooling = { mean: 1, cls: 2, last: 3, rank: 4 };

const u32 = (value) => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value); return bytes; };
const text = (value) => {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(Buffer.byteLength(value)));
  return Buffer.concat([size, Buffer.from(value)]);
};

// `type` of `pooling`; `architecture` is that of the file.
export function copyWithPooling(source, target, type, architecture = 'llama') {
  const bytes = fs.readFileSync(source);
  if (bytes.toString('latin1', 0, 4) !== 'GGUF') throw new Error(`${source} is no GGUF file`);
  const pair = Buffer.concat([text(`${architecture}.pooling_type`), u32(4), u32(type)]);
  const key = Buffer.concat([text('test.filler'), u32(8)]);
  const odd = (pair.length + key.length + 8) % kAlignment;
  const added = Buffer.concat([pair, key, text(' '.repeat(kAlignment - odd))]);
  bytes.writeBigUInt64LE(bytes.readBigUInt64LE(kCountAt) + 2n, kCountAt);
  fs.writeFileSync(target, Buffer.concat([bytes.subarray(0, kPairsAt), added, bytes.subarray(kPairsAt)]));
}
