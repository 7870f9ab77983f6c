// Writes a GGUF of a given shape with random weights and the built-in model's tokenizer: what memory and speed depend on is the
// shape, not the words. For the sizing table (docs/operating/sizing.md) and for tests that need a large file.
//   node tools/sized_model.mjs OUT.gguf LAYERS WIDTH FEED_FORWARD HEADS KV_HEADS q8_0|q4_0 [CONTEXT]
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [out, ...shape] = process.argv.slice(2);
const [layers, width, feedForward, heads, kvHeads] = shape.slice(0, 5).map(Number);
const format = shape[5];
const context = Number(shape[6] ?? 4096);
const kFormats = { q8_0: { type: 8, file: 7, block: 34 }, q4_0: { type: 2, file: 2, block: 18 } };
if (!out || !kFormats[format] || ![layers, width, feedForward, heads, kvHeads].every(Number.isInteger)) {
  console.error('usage: node tools/sized_model.mjs OUT.gguf LAYERS WIDTH FEED_FORWARD HEADS KV_HEADS q8_0|q4_0 [CONTEXT]');
  process.exit(2);
}

const kBlockElements = 32;
const kAlignment = 32;
const kScalarBytes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
const [kU32, kF32, kString, kArray] = [4, 6, 8, 9];

// The pairs of a GGUF file, each as its name and the bytes of its type and value.
function pairsOf(bytes) {
  let at = 24;
  const count = Number(bytes.readBigUInt64LE(16));
  const text = () => { const size = Number(bytes.readBigUInt64LE(at)); at += 8 + size; return bytes.toString('utf8', at - size, at); };
  const skip = (type) => {
    if (type === kString) { text(); return; }
    if (type !== kArray) { at += kScalarBytes[type]; return; }
    const item = bytes.readUInt32LE(at);
    const items = Number(bytes.readBigUInt64LE(at + 4));
    at += 12;
    for (let i = 0; i < items; i += 1) skip(item);
  };
  const pairs = new Map();
  for (let i = 0; i < count; i += 1) {
    const name = text();
    const begin = at;
    const type = bytes.readUInt32LE(at);
    at += 4;
    skip(type);
    pairs.set(name, bytes.subarray(begin, at));
  }
  return pairs;
}

const u32 = (value) => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value); return bytes; };
const u64 = (value) => { const bytes = Buffer.alloc(8); bytes.writeBigUInt64LE(BigInt(value)); return bytes; };
const string = (value) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const number = (value) => Buffer.concat([u32(kU32), u32(value)]);

const builtIn = path.join(path.dirname(fileURLToPath(import.meta.url)), '../models/b3iq-atlas-5m-q8_0.gguf');
const pairs = pairsOf(fs.readFileSync(builtIn));
const tokens = pairs.get('tokenizer.ggml.tokens');
const vocabulary = Number(tokens.readBigUInt64LE(8));
for (const name of [...pairs.keys()]) {
  if (!name.startsWith('tokenizer.') && !name.startsWith('general.')) pairs.delete(name);
}
const head = width / heads;
const told = {
  'block_count': layers, 'context_length': context, 'embedding_length': width, 'feed_forward_length': feedForward,
  'attention.head_count': heads, 'attention.head_count_kv': kvHeads, 'rope.dimension_count': head, 'vocab_size': vocabulary,
};
const epsilon = Buffer.alloc(4);
epsilon.writeFloatLE(1e-5);
pairs.set('general.architecture', Buffer.concat([u32(kString), string('llama')]));
pairs.set('general.name', Buffer.concat([u32(kString), string(path.basename(out, '.gguf'))]));
pairs.set('general.file_type', number(kFormats[format].file));
for (const [name, value] of Object.entries(told)) pairs.set(`llama.${name}`, number(value));
pairs.set('llama.attention.layer_norm_rms_epsilon', Buffer.concat([u32(kF32), epsilon]));

const tensors = [];
const matrix = (name, rows, columns) => tensors.push({ name, sizes: [columns, rows], quantised: true });
const vector = (name, size) => tensors.push({ name, sizes: [size], quantised: false });
matrix('token_embd.weight', vocabulary, width);
for (let i = 0; i < layers; i += 1) {
  vector(`blk.${i}.attn_norm.weight`, width);
  matrix(`blk.${i}.attn_q.weight`, width, width);
  matrix(`blk.${i}.attn_k.weight`, kvHeads * head, width);
  matrix(`blk.${i}.attn_v.weight`, kvHeads * head, width);
  matrix(`blk.${i}.attn_output.weight`, width, width);
  vector(`blk.${i}.ffn_norm.weight`, width);
  matrix(`blk.${i}.ffn_gate.weight`, feedForward, width);
  matrix(`blk.${i}.ffn_up.weight`, feedForward, width);
  matrix(`blk.${i}.ffn_down.weight`, width, feedForward);
}
vector('output_norm.weight', width);
matrix('output.weight', vocabulary, width);

const padded = (bytes) => Math.ceil(bytes / kAlignment) * kAlignment;
const bytesOf = ({ sizes, quantised }) => {
  const elements = sizes.reduce((product, size) => product * size, 1);
  return quantised ? elements / kBlockElements * kFormats[format].block : elements * 4;
};
let offset = 0;
const list = tensors.map((tensor) => {
  const info = Buffer.concat([string(tensor.name), u32(tensor.sizes.length), ...tensor.sizes.map(u64),
    u32(tensor.quantised ? kFormats[format].type : 0), u64(offset)]);
  offset += padded(bytesOf(tensor));
  return info;
});
const header = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(pairs.size),
  ...[...pairs].map(([name, value]) => Buffer.concat([string(name), value])), ...list]);

// Random quants under small scales: sums stay finite through any number of layers.
function weights(tensor) {
  const bytes = bytesOf(tensor);
  const data = Buffer.alloc(padded(bytes));
  if (!tensor.quantised) {
    for (let at = 0; at < bytes; at += 4) data.writeFloatLE(1, at);
    return data;
  }
  crypto.randomFillSync(data, 0, bytes);
  const scale = format === 'q8_0' ? 0x0c00 : 0x1c00;  // half precision: 2^-12, 2^-8
  for (let at = 0; at < bytes; at += kFormats[format].block) data.writeUInt16LE(scale, at);
  return data;
}

const file = fs.openSync(out, 'w');
fs.writeSync(file, header);
fs.writeSync(file, Buffer.alloc(padded(header.length) - header.length));
for (const tensor of tensors) fs.writeSync(file, weights(tensor));
fs.closeSync(file);
const parameters = tensors.reduce((sum, { sizes }) => sum + sizes.reduce((product, size) => product * size, 1), 0);
console.log(`${out}: ${(parameters / 1e6).toFixed(0)} M parameters, ${(fs.statSync(out).size / 2 ** 20).toFixed(0)} MiB`);
