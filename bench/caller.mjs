// A client that keeps its connections and times each call, for what is not fast enough to need a load generator.
import http from 'node:http';

const kTimeoutMs = 60_000;

export class Caller {
  constructor(party, target, { secret, connections = 1 } = {}) {
    Object.assign(this, { party, target });
    this.agent = new http.Agent({ keepAlive: true, maxSockets: connections });
    this.headers = { 'content-type': 'application/json', ...(secret ? { authorization: `Bearer ${secret}` } : {}) };
  }

  // The answer's text and the milliseconds until all of it was there. An error for any status but 200.
  call(body) {
    const bytes = Buffer.from(JSON.stringify(body));
    const begin = process.hrtime.bigint();
    return new Promise((resolve, reject) => {
      const req = http.request({
        host: '127.0.0.1', port: this.party.port, path: this.target, method: 'POST', agent: this.agent, timeout: kTimeoutMs,
        headers: { ...this.headers, 'content-length': bytes.length },
      }, (res) => {
        const chunks = [];
        res.on('data', (chunk) => chunks.push(chunk));
        res.on('error', reject);
        res.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const ms = Number(process.hrtime.bigint() - begin) / 1e6;
          if (res.statusCode === 200) resolve({ ms, text });
          else reject(new Error(`${this.party.name}: ${res.statusCode} ${text.slice(0, 300)}`));
        });
      });
      req.on('error', reject);
      req.on('timeout', () => req.destroy(new Error(`${this.party.name}: no answer in ${kTimeoutMs} ms`)));
      req.end(bytes);
    });
  }

  close() {
    this.agent.destroy();
  }
}
