// A signed-in page, by hand: the owner's session with its two halves, and the node's stream of events as fetch would read it.
import assert from 'node:assert/strict';
import http from 'node:http';
import { until } from './node.mjs';

export class Page {
  // Claims the node for a new owner.
  static async claim(node, password = 'correct horse battery') {
    const page = new Page(node);
    const { stdout } = await node.cli(['wizard', 'url', '--with-token']);
    const [, token] = /#token=(\S+)/.exec(stdout);
    assert.equal((await page.call('POST', 'setup-session', { token })).status, 200);
    const claimed = await page.call('POST', 'owner', { name: 'ada', password });
    assert.equal(claimed.status, 201, claimed.text);
    return page;
  }

  // A further user, invited by the owner.
  static async join(node, owner, name, role) {
    const page = new Page(node);
    const invited = await owner.call('POST', 'users', { name, role });
    assert.equal(invited.status, 201, invited.text);
    assert.equal((await page.call('POST', 'setup-session', { token: invited.json.invitation })).status, 200);
    const joined = await page.call('POST', 'invitation', { password: `the password of ${name}` });
    assert.equal(joined.status, 200, joined.text);
    page.user = invited.json.user.id;
    return page;
  }

  constructor(node) {
    this.node = node;
    this.cookies = new Map();
  }

  get headers() {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return { ...(cookie && { cookie }), ...(this.pageToken && { 'x-b3iq-session': this.pageToken }) };
  }

  async call(method, route, body) {
    const answer = await this.node.request({ method, path: `/setup/v1/${route}`, body, headers: this.headers });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.cookies.set(name, value);
    }
    if (answer.json?.page_token) this.pageToken = answer.json.page_token;
    return answer;
  }

  get(route) {
    return this.call('GET', route);
  }

  events() {
    return EventStream.open(this.node, this.headers);
  }
}

export class EventStream {
  static open(node, headers) {
    const stream = new EventStream();
    return new Promise((resolve, reject) => {
      stream.request = http.get(`${node.url}/setup/v1/events`, { headers, agent: false }, (answer) => {
        Object.assign(stream, { status: answer.statusCode, headers: answer.headers, answer });
        answer.setEncoding('utf8').on('data', (text) => stream.take(text));
        answer.on('error', () => {});
        answer.on('close', () => { stream.ended = true; stream.whole = answer.complete; });
        resolve(stream);
      });
      stream.request.on('error', reject);
    });
  }

  constructor() {
    this.events = [];  // {event, data, at}
    this.comments = 0;
    this.ended = false;
    this.text = '';
  }

  take(text) {
    this.text += text;
    const blocks = this.text.split('\n\n');
    this.text = blocks.pop();
    for (const block of blocks) {
      if (block.startsWith(':')) {
        this.comments += 1;
        continue;
      }
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block);
      this.events.push({ event, data: JSON.parse(data), at: Date.now() });
    }
  }

  of(name) {
    return this.events.filter(({ event }) => event === name);
  }

  // The first event, from `from` on, that is one.
  next(name, is = () => true, from = 0) {
    return until(() => this.events.slice(from).find(({ event, data }) => event === name && is(data)), 15_000, `an event ${name}`);
  }

  close() {
    this.request.destroy();
  }
}
