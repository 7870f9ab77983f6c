// A caller of the setup API: the command line's token, or a signed-in browser made by hand.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { request, until } from './node.mjs';

export const ownerPassword = 'correct horse battery';

export function agentFile(node) {
  return JSON.parse(fs.readFileSync(path.join(node.home, 'run/agent.json'), 'utf8'));
}

// As the command line of the same user.
export function asOperator(node, method, route, body) {
  return request(node.url, {
    method, path: `/setup/v1/${route}`, body, headers: { authorization: `Bearer ${agentFile(node).operator_token}` },
  });
}

// One browser: keeps its cookies, and the page's half of the session.
export class OwnerBrowser {
  constructor(node) {
    this.node = node;
    this.cookies = new Map();
  }
  async call(method, route, body) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await request(this.node.url, {
      method, path: `/setup/v1/${route}`, body,
      headers: { ...(cookie && { cookie }), ...(this.pageToken && { 'x-b3iq-session': this.pageToken }) },
    });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.cookies.set(name, value);
    }
    if (answer.json?.page_token) this.pageToken = answer.json.page_token;
    return answer;
  }
  async login(name = 'ada', password = ownerPassword) {
    return this.call('POST', 'login', { name, password });
  }
}

// Until the audit log holds an entry of which `is` is true: some are written behind the answer.
export function audited(node, is) {
  return until(async () => (await asOperator(node, 'GET', 'audit?limit=200')).json.data.some(is), 20_000, 'an entry of the audit log');
}

// Claims the node.
export async function claim(node) {
  const { stdout, code } = await node.cli(['wizard', 'url', '--with-token']);
  assert.equal(code, 0);
  const browser = new OwnerBrowser(node);
  const opened = await browser.call('POST', 'setup-session', { token: /#token=(\S+)/.exec(stdout)[1] });
  assert.equal(opened.status, 200, opened.text);
  const claimed = await browser.call('POST', 'owner', { name: 'ada', password: ownerPassword });
  assert.equal(claimed.status, 201, claimed.text);
  return browser;
}

// Until another life of the same process serves the home: its token is another one.
export async function startedAgain(node, before) {
  await until(() => {
    if (node.ended) assert.fail(`serve ended with ${JSON.stringify(node.ended)}:\n${node.output}`);
    try {
      const now = agentFile(node);
      return now.operator_token !== before.operator_token && !now.draining;
    } catch {
      return false;
    }
  }, 60_000, 'the node to start again');
  node.url = agentFile(node).url;
  await until(() => node.healthy(), 30_000, `${node.url}/health`);
}
