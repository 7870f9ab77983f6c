// A client that keeps its connections and times each call, for what is not fast enough to need a load generator.
import http from 'node:http';

const kTimeoutMs = 60_000;

// One request to its end: { status, text, ms }, the milliseconds until all of it was there. `onText` gets the pieces of an answer as they
// come, with the milliseconds since the request began.
export function exchange({ port, target, method = 'POST', agent, headers = {}, bytes, name = target, onText }) {
  const begin = process.hrtime.bigint();
  const since = () => Number(process.hrtime.bigint() - begin) / 1e6;
  return new Promise((resolve, reject) => {
    const req = http.request({
      host: '127.0.0.1', port, path: target, method, agent, timeout: kTimeoutMs,
      headers: bytes ? { 'content-type': 'application/json', 'content-length': bytes.length, ...headers } : headers,
    }, (res) => {
      let text = '';
      res.setEncoding('utf8');
      res.on('data', (piece) => {
        text += piece;
        onText?.(piece, since());
      });
      res.on('error', reject);
      res.on('end', () => resolve({ status: res.statusCode, text, ms: since() }));
    });
    req.on('error', reject);
    req.on('timeout', () => req.destroy(new Error(`${name}: no answer in ${kTimeoutMs} ms`)));
    req.end(bytes);
  });
}

export class Caller {
  constructor(party, target, { secret, connections = 1 } = {}) {
    Object.assign(this, { party, target });
    this.agent = new http.Agent({ keepAlive: true, maxSockets: connections });
    this.headers = secret ? { authorization: `Bearer ${secret}` } : {};
  }

  // The answer's text and the milliseconds until all of it was there. An error for any status but 200.
  async call(body, onText) {
    const { party, target, agent, headers } = this;
    const bytes = Buffer.from(JSON.stringify(body));
    const { status, text, ms } = await exchange({ port: party.port, target, agent, headers, bytes, name: party.name, onText });
    if (status !== 200) throw new Error(`${party.name}: ${status} ${text.slice(0, 300)}`);
    return { ms, text };
  }

  // A streamed chat: when each piece of its text came, { pieces, ms, said }. An error for a stream that says so or has no [DONE].
  async stream(body) {
    const pieces = [];
    let rest = '';
    let said = '';
    let done = false;
    const take = (event, at) => {
      if (event === 'data: [DONE]') done = true;
      if (done || !event.startsWith('data: ')) return;
      const content = JSON.parse(event.slice('data: '.length)).choices?.[0]?.delta?.content;
      if (!content) return;
      said += content;
      pieces.push(at);
    };
    const { ms, text } = await this.call(body, (piece, at) => {
      const events = (rest + piece).split('\n\n');
      rest = events.pop();
      for (const event of events) take(event, at);
    });
    if (!done || pieces.length === 0) throw new Error(`${this.party.name}: a stream without its end: ${text.slice(-300)}`);
    return { pieces, ms, said };
  }

  close() {
    this.agent.destroy();
  }
}
