// A patient for the doctor: a home of its own, harmed in one way, and the tools to harm it.
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { hostBin, run } from './node.mjs';
import { makeCertificate } from './certificate.mjs';

const little = (value, bytes) => {
  const out = Buffer.alloc(bytes);
  if (bytes === 8) out.writeBigUInt64LE(BigInt(value)); else out.writeUInt32LE(value);
  return out;
};
const text = (value) => Buffer.concat([little(value.length, 8), Buffer.from(value)]);
const textPair = (key, value) => Buffer.concat([text(key), little(8, 4), text(value)]);
const numberPair = (key, value) => Buffer.concat([text(key), little(4, 4), little(value, 4)]);

// A GGUF of one tensor of `floats` 32-bit floats: the beginning of the file, up to its data.
export function ggufHead(floats) {
  const pairs = [
    textPair('general.architecture', 'llama'), numberPair('llama.context_length', 64),
    numberPair('llama.embedding_length', 64), numberPair('llama.block_count', 1), numberPair('llama.feed_forward_length', 64),
    numberPair('llama.attention.head_count', 1), numberPair('llama.attention.head_count_kv', 1),
  ];
  const tensor = Buffer.concat([text('token_embd.weight'), little(1, 4), little(floats, 8), little(0, 4), little(0, 8)]);
  const head = Buffer.concat([Buffer.from('GGUF'), little(3, 4), little(1, 8), little(pairs.length, 8), ...pairs, tensor]);
  return Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32)]);
}

export class Patient {
  constructor(home) {
    this.home = home;
    this.bin = hostBin;
    this.servers = [];
  }

  at(name) { return path.join(this.home, name); }
  get env() { return { B3IQ_HOME: this.home, PATH: `${path.dirname(this.bin)}:${process.env.PATH}` }; }
  cli(...args) { return run(this.bin, args, { env: this.env }); }
  shell(command) { return run('sh', ['-c', command], { env: this.env }); }

  configure(patch) {
    const config = JSON.parse(fs.readFileSync(this.at('config.json'), 'utf8'));
    fs.writeFileSync(this.at('config.json'), JSON.stringify({ ...config, ...patch }), { mode: 0o600 });
  }
  runtime(entry) { this.configure({ runtimes: [{ id: 'up', kind: 'openai', ...entry }], models: {} }); }
  model(file) { this.configure({ runtimes: [{ id: 'own', kind: 'embedded', model: this.at(`models/${file}`) }], models: {} }); }

  // Turns bytes of a file into others.
  damage(name, offset, length) {
    const bytes = fs.readFileSync(this.at(name));
    for (let i = offset; i < offset + length; i += 1) bytes[i] ^= 0xa5;
    fs.writeFileSync(this.at(name), bytes);
  }

  // A valid certificate with its key, named in config.json.
  certify(dates, more = {}) {
    const { certificate, key } = makeCertificate(dates);
    fs.writeFileSync(this.at('cert.pem'), certificate);
    fs.writeFileSync(this.at('key.pem'), key, { mode: 0o600 });
    this.configure({ tls: { certificate: this.at('cert.pem'), key: this.at('key.pem') }, ...more });
  }

  async listen(server) {
    this.servers.push(server);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server.address().port;
  }
  async httpServer(answer) {
    return `http://127.0.0.1:${await this.listen(http.createServer(answer))}`;
  }
  async tcpServer(greet) {
    return `http://127.0.0.1:${await this.listen(net.createServer((socket) => { socket.on('error', () => {}); greet(socket); }))}`;
  }

  // Every file with its mode and bytes, and every folder: what the doctor must leave as it was.
  picture() {
    const out = {};
    const walk = (folder) => {
      for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
        const file = path.join(folder, entry.name);
        const stat = fs.statSync(file);
        const bytes = entry.isFile() && stat.size < 10_000_000 && !file.endsWith('-shm') ? fs.readFileSync(file, 'base64') : '';
        out[file] = `${stat.mode} ${entry.isFile() && !file.endsWith('-shm') ? stat.mtimeMs : ''} ${bytes}`;
        if (entry.isDirectory()) walk(file);
      }
    };
    if (fs.existsSync(this.home)) walk(this.home);
    return out;
  }

  async close() {
    for (const server of this.servers) {
      server.closeAllConnections?.();
      server.close();
    }
    fs.chmodSync(path.dirname(this.home), 0o700);
    fs.rmSync(path.dirname(this.home), { recursive: true, force: true });
  }
}
