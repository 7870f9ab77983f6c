// A node that has been in use for a month: several keys and people, usage, receipts, requests that went well and others, an install
// under way. For the tests that look at every page, and for the screenshots.
import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Node, defaultModel, until } from '../e2e/node.mjs';
import { ModelSource } from './model_source.mjs';
import { kPassword, printedUrl } from './web_app.mjs';

const kDays = 30;
const kMsPerDay = 86_400_000;
const kHold = 3_000_000;  // bytes of the model that have come
const kKeys = [
  { name: 'editor', user: 'ada' }, { name: 'house-assistant', user: 'ada', rpm: 60 },
  { name: 'notes', user: 'ben', budgetTokens: 2_000_000 }, { name: 'reports', user: 'cleo', scope: ['chat', 'models', 'receipts'] },
];
const kQuestions = ['What is the capital of France?', 'Write a haiku about copper.', 'Tell me about yourself.', 'Say hello.'];

// One browser's worth of cookies, without a browser.
class Visitor {
  constructor(node) {
    this.node = node;
    this.cookies = new Map();
  }

  async call(method, route, body) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.node.request({
      method, path: `/setup/v1/${route}`, body,
      headers: { ...(cookie && { cookie }), ...(this.half && { 'x-b3iq-session': this.half }) },
    });
    assert.ok(answer.status < 300, `${method} ${route}: ${answer.text}`);
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.cookies.set(name, value);
    }
    this.half = answer.json?.page_token ?? this.half;
    return answer.json;
  }
}

async function claim(node) {
  const owner = new Visitor(node);
  await owner.call('POST', 'setup-session', { token: new URL(await printedUrl(node)).hash.slice('#token='.length) });
  await owner.call('POST', 'owner', { name: 'Ada', password: kPassword });
  return owner;
}

// Somebody whom the owner invites, and who has accepted.
export async function invite(owner, name, role) {
  const { invitation } = await owner.call('POST', 'users', { name, role });
  const guest = new Visitor(owner.node);
  await guest.call('POST', 'setup-session', { token: invitation });
  await guest.call('POST', 'invitation', { password: kPassword });
  return guest;
}

// A month of use, in a pattern that is the same each time: more on working days, growing.
function writeUsage(home, keys) {
  const database = new DatabaseSync(path.join(home, 'state.db'));
  const insert = database.prepare('INSERT OR IGNORE INTO key_usage VALUES (?, ?, ?, ?, ?, ?)');
  const today = Math.floor(Date.now() / kMsPerDay);
  for (let ago = 1; ago < kDays; ago += 1) {
    for (const [at, { id }] of keys.entries()) {
      const weekday = (today - ago + 4) % 7;
      const busy = (weekday === 0 || weekday === 6 ? 0.3 : 1) * (1 + (kDays - ago) / kDays) * (4 - at);
      const requests = Math.round(busy * (17 + ((ago * 7 + at * 5) % 11)));
      insert.run(id, today - ago, at === 2 ? 'llama3.2:3b' : defaultModel, requests, requests * (180 + (ago * 13) % 70), requests * (210 + (ago * 29) % 120));
    }
  }
  database.close();
}

async function ask(node, { secret }, question, more = {}) {
  return node.chat({ model: defaultModel, messages: [{ role: 'user', content: question }], max_tokens: 24, ...more }, secret);
}

export async function lived() {
  const source = await ModelSource.start({ hold: kHold });
  const node = await Node.start();
  try {
    await node.ready();
    const owner = await claim(node);
    const keys = [];
    for (const spec of kKeys) keys.push({ ...(await node.key(spec)), ...spec });
    await node.stop();
    writeUsage(node.home, keys);
    await node.serve();
    await node.ready();
    for (const [i, key] of keys.entries()) {
      for (const [j, question] of kQuestions.entries()) await ask(node, key, question, { stream: (i + j) % 2 === 0 });
    }
    await ask(node, keys[0], 'Hello?', { model: 'no-such-model' });
    await node.cli(['keys', 'revoke', (await node.key({ name: 'old-laptop' })).id]);
    await invite(owner, 'Ben', 'operator');
    await invite(owner, 'Cleo', 'viewer');
    await owner.call('POST', 'users', { name: 'Dan', role: 'viewer' });
    await node.cli(['support', 'grant', '--note', 'help with a slow model', '--expires', '24h']);
    const job = await owner.call('POST', 'model-jobs', { kind: 'install', url: source.url, name: 'atlas-next', sha256: source.sha256 });
    await until(async () => (await owner.call('GET', `model-jobs/${job.id}`)).done_bytes > 0, 20_000, 'some of the model');
    return {
      node, source, owner, keys,
      async close() {
        await node.close();
        await source.close();
      },
    };
  } catch (error) {
    await node.kill();
    await source.close();
    node.remove();
    throw error;
  }
}
