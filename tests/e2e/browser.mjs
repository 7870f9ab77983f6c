// One browser, its requests made by hand: keeps cookies, and the page's half of the session.
import assert from 'node:assert/strict';
import { request } from './node.mjs';

export class Browser {
  constructor(target) {
    this.node = target;
    this.cookies = new Map();
  }
  async call(method, route, body, headers = {}) {
    const answer = await request(this.node.url, {
      method, path: `/setup/v1/${route}`, body, headers: { ...this.headers, ...headers },
    });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    if (answer.json?.page_token) this.pageToken = answer.json.page_token;
    return answer;
  }
  get headers() {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return { ...(cookie && { cookie }), ...(this.pageToken && { 'x-b3iq-session': this.pageToken }) };
  }
  get sessionCookie() {
    return [...this.cookies].find(([name]) => name.startsWith('b3iq_session_'));
  }
}

export async function setupToken(target) {
  const { stdout, code } = await target.cli(['wizard', 'url', '--with-token']);
  assert.equal(code, 0);
  const [, token] = /#token=(b3iq_setup_[0-9A-Za-z]{49})/.exec(stdout);
  return token;
}

export async function openedSetup(target) {
  const browser = new Browser(target);
  const opened = await browser.call('POST', 'setup-session', { token: await setupToken(target) });
  assert.equal(opened.status, 200, opened.text);
  assert.equal(opened.json.kind, 'setup');
  return browser;
}
