// A TCP proxy between a node and its control plane that a test breaks in the ways networks break. With several targets each new
// connection goes to the next one that takes it.
import net from 'node:net';
import { once } from 'node:events';

const kSlowStepMs = 40;
const kSlowStepBytes = 64;

export class Gate {
  // targets: ports on loopback.
  static async open(...targets) {
    const gate = new this();
    gate.targets = targets;
    gate.mode = 'pass';
    gate.pairs = new Set();
    gate.turn = 0;
    gate.connections = 0;  // that clients made
    gate.requests = [];    // of clients, while `keeps` is set: whole HTTP/1.1 requests as they came
    gate.keeps = false;
    await gate.listen(0);
    gate.port = gate.server.address().port;
    gate.url = `http://127.0.0.1:${gate.port}`;
    return gate;
  }

  async listen(port) {
    this.server = net.createServer({ allowHalfOpen: true }, (client) => this.accept(client));
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  // pass; refuse: nobody listens, and what was open is reset; black_hole: bytes are taken and none comes back; half_close: the
  // request is taken and the answer's side ended; slow: a few bytes at a time; garbage: an answer that is none. What is open is cut,
  // but for a black hole, which swallows it.
  async set(mode, { cut = mode !== 'black_hole' } = {}) {
    const before = this.mode;
    this.mode = mode;
    if (cut) this.cut();
    if (mode === 'refuse' && this.server.listening) {
      this.server.close();
      await once(this.server, 'close');
    } else if (before === 'refuse' && mode !== 'refuse') {
      await this.listen(this.port);
    }
  }

  cut() {
    for (const pair of this.pairs) {
      pair.client.destroy();
      pair.server?.destroy();
    }
    this.pairs.clear();
  }

  async close() {
    this.cut();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  accept(client) {
    this.connections += 1;
    const pair = { client, server: undefined };
    this.pairs.add(pair);
    client.on('error', () => {});
    client.on('close', () => {
      this.pairs.delete(pair);
      pair.server?.destroy();
    });
    if (this.keeps) this.keepRequests(client);
    client.pause();  // until there is somebody to read it
    if (this.mode !== 'pass' && this.mode !== 'slow') client.resume();
    if (this.mode === 'half_close') {
      client.once('data', () => client.end());
    } else if (this.mode === 'garbage') {
      client.once('data', () => client.end(this.garbage ?? '\x16\x03\x01HTTP is not spoken here\r\n\r\n'));
    } else if (this.mode === 'black_hole') {
      client.resume();
    } else {
      this.join(pair, this.targets.length);
    }
  }

  join(pair, tries) {
    const target = this.targets[this.turn++ % this.targets.length];
    const server = net.connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    const next = () => {
      if (tries > 1) this.join(pair, tries - 1);
      else pair.client.destroy();
    };
    server.once('error', next);
    server.once('connect', () => {
      server.off('error', next);
      server.on('error', () => pair.client.destroy());
      if (pair.client.destroyed) {
        server.destroy();
        return;
      }
      pair.server = server;
      this.pump(pair.client, server);
      this.pump(server, pair.client);
      server.on('close', () => pair.client.destroy());
    });
  }

  pump(from, to) {
    from.on('data', (bytes) => {
      if (this.mode === 'black_hole') return;
      if (this.mode !== 'slow') {
        to.write(bytes);
        return;
      }
      from.pause();
      void this.trickle(bytes, to).then(() => from.resume());
    });
    from.on('end', () => this.mode !== 'black_hole' && to.end());
    from.resume();
  }

  async trickle(bytes, to) {
    for (let at = 0; at < bytes.length && !to.destroyed; at += kSlowStepBytes) {
      to.write(bytes.subarray(at, at + kSlowStepBytes));
      await new Promise((resolve) => setTimeout(resolve, kSlowStepMs));
    }
  }

  keepRequests(client) {
    let text = '';
    client.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (;;) {
        const head = text.indexOf('\r\n\r\n');
        if (head < 0) return;
        const length = Number(/\r\ncontent-length: *([0-9]+)/i.exec(text.slice(0, head))?.[1] ?? 0);
        if (text.length < head + 4 + length) return;
        this.requests.push(parsed(text.slice(0, head), text.slice(head + 4, head + 4 + length)));
        text = text.slice(head + 4 + length);
      }
    });
  }
}

// As request() of node.mjs takes it, so that it can be sent once more.
function parsed(head, body) {
  const [line, ...lines] = head.split('\r\n');
  const [method, path] = line.split(' ');
  const headers = {};
  for (const one of lines) {
    const colon = one.indexOf(':');
    const name = one.slice(0, colon).toLowerCase();
    if (!['host', 'content-length', 'connection'].includes(name)) headers[name] = one.slice(colon + 1).trim();
  }
  return { method, path, headers, body: Buffer.from(body, 'latin1') };
}
