// A reverse proxy between a customer's tools and a control plane that tells lies: what it changes of a stream of events, of an answer in JSON, and where it
// cuts a connection, a test says. Everything else passes as it is.
import { once } from 'node:events';
import http from 'node:http';

const kStream = /^\/v1\/private-inference\/jobs\/([^/?]+)\/stream(?:\?from=(\d+))?$/;

// [{id, event, data}] of an event stream, without its comments.
export function eventsOf(text) {
  return text.split('\n\n').map((block) => Object.fromEntries(block.split('\n').filter((line) => /^[a-z]+: /.test(line)).map((line) => {
    const colon = line.indexOf(': ');
    return [line.slice(0, colon), line.slice(colon + 2)];
  }))).filter((one) => one.data !== undefined);
}
const textOf = (events) => events.map((one) => `${Object.entries(one).map(([name, value]) => `${name}: ${value}\n`).join('')}\n`).join('');

export class TamperingRelay {
  // `target`: the URL behind it.
  static async open(target) {
    const relay = new TamperingRelay();
    relay.target = new URL(target);
    relay.honest();
    relay.server = http.createServer((request, response) => relay.pass(request, response));
    relay.server.requestTimeout = 0;
    relay.server.listen(0, '127.0.0.1');
    await once(relay.server, 'listening');
    relay.url = `http://127.0.0.1:${relay.server.address().port}`;
    return relay;
  }

  // onStream(events, {job, from}): what the customer gets of a whole stream; a text is sent as it is and the connection cut. onAnswer(json, {method, path}):
  // an answer changed in place.
  honest() {
    this.onStream = undefined;
    this.onAnswer = undefined;
    this.posts = 0;
    this.streams = new Map();  // job → its events as they came, of each connection
  }

  pass(request, response) {
    if (request.method === 'POST' && request.url.endsWith('/jobs')) this.posts += 1;
    const onward = http.request({ host: this.target.hostname, port: this.target.port, method: request.method, path: request.url, headers: request.headers, agent: false });
    onward.on('response', (answer) => this.answer(request, answer, response));
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  answer(request, answer, response) {
    const [stream, job, from] = kStream.exec(request.url) ?? [];
    const chunks = [];
    answer.on('data', (chunk) => chunks.push(chunk));
    answer.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      if (stream && answer.statusCode === 200) return this.tell(response, answer, eventsOf(text), { job, from: Number(from ?? 0) });
      const json = this.onAnswer && /json/.test(answer.headers['content-type'] ?? '') ? JSON.parse(text) : undefined;
      if (json) this.onAnswer(json, { method: request.method, path: request.url });
      const body = Buffer.from(json ? JSON.stringify(json) : text);
      return response.writeHead(answer.statusCode, { ...answer.headers, 'content-length': body.length }).end(body);
    });
  }

  tell(response, answer, events, about) {
    this.streams.set(about.job, [...this.streams.get(about.job) ?? [], events]);
    response.writeHead(200, answer.headers);
    const told = this.onStream?.(structuredClone(events), about) ?? events;
    if (typeof told === 'string') return response.write(told, () => response.destroy());
    return response.end(textOf(told));
  }

  async close() {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
