// What every test of an attack needs: a real node with an owner, the owner's browser, a hostile site, and eyes on the node that do
// not pass through any page.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Node, repoRoot, request } from '../e2e/node.mjs';
import { launch } from './chromium.mjs';
import { HostileSite } from './hostile_site.mjs';

// The password has a "=" in it, so that a plain HTML form can write it into JSON.
export const kOwner = { name: 'ada', password: 'correct=horse battery staple' };

// A fetch in the page. Answers {outcome: 'blocked', why} where the page was told nothing at all.
export function fetchIn(page, url, init = {}) {
  return page.evaluate(async ([target, options]) => {
    try {
      const answer = await fetch(target, options);
      const text = await answer.text();
      return { outcome: 'answered', type: answer.type, status: answer.status, text, retryAfter: answer.headers.get('retry-after') };
    } catch (error) {
      return { outcome: 'blocked', why: String(error) };
    }
  }, [url, init]);
}

export async function setupToken(node) {
  const { stdout, stderr, code } = await node.cli(['wizard', 'url', '--with-token']);
  assert.equal(code, 0, stderr);
  return /#token=(b3iq_setup_[0-9A-Za-z]{49})/.exec(stdout)[1];
}

export const jsonPost = (body, headers = {}) => ({
  method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body),
});

// Every route of the API whose level passes `which`, as [method, path]; path parameters become x.
export function routesOf(which) {
  const api = JSON.parse(fs.readFileSync(path.join(repoRoot, 'api/local.json'), 'utf8'));
  return Object.entries(api.paths).flatMap(([route, methods]) => Object.entries(methods)
    .filter(([, operation]) => which(operation['x-b3iq-auth'], route))
    .map(([method]) => [method.toUpperCase(), route.replace(/\{\w+\*?\}/, 'x')]));
}

// A call of such a route: an empty object for POST, no body for the others.
export const callOf = (method, headers) => (method === 'POST' ? jsonPost({}, headers) : { method, headers });

export class Stand {
  // claimed: whether somebody owns the node before the tests begin; config: of the other site's address, to members of config.json.
  static async start({ claimed = true, ready = false, config, browserArgs = [] } = {}) {
    const stand = new Stand();
    try {
      stand.site = await HostileSite.start();
      stand.node = await Node.start({ config: config?.(stand.site) });
      stand.browser = await launch({ args: browserArgs });
      if (ready) await stand.node.ready();
      stand.witness = (await stand.node.key({ name: 'witness', scope: 'metrics' })).secret;
      if (claimed) await stand.claim();
    } catch (error) {
      await stand.close();
      throw error;
    }
    return stand;
  }

  // An owner whose browser is `this.context`: it holds the cookies; the page's half is `this.pageToken`.
  async claim() {
    this.context = await this.browser.newContext();
    const { page_token: half } = await this.call(this.context, 'setup-session', { token: await setupToken(this.node) });
    this.pageToken = (await this.call(this.context, 'owner', kOwner, 201, { 'x-b3iq-session': half })).page_token;
  }

  // A call with a context's cookies, from outside of any page.
  async call(context, route, data, status = 200, headers = {}) {
    const answer = await context.request.fetch(`${this.node.url}/setup/v1/${route}`, { method: data ? 'POST' : 'GET', data, headers });
    assert.equal(answer.status(), status, `${route}: ${await answer.text()}`);
    return answer.json();
  }

  // A page of the node's own origin with the cookies of `context`. Scripts of tests may run in it whatever its policy says.
  async ownPage(context = this.context) {
    const own = await this.browser.newContext({ bypassCSP: true, storageState: context ? await context.storageState() : undefined });
    const page = await own.newPage();
    await page.goto(`${this.node.url}/setup/`);
    return page;
  }

  // A page of another site in the owner's browser.
  async foreignPage(target = '/', host = '127.0.0.1', context = this.context) {
    const page = await context.newPage();
    await page.goto(this.site.url(target, host));
    return page;
  }

  // The owner's cookies under the node's other name.
  async contextOfLocalhost() {
    const context = await this.browser.newContext();
    await context.addCookies((await this.context.cookies()).map((cookie) => ({ ...cookie, domain: 'localhost' })));
    return context;
  }

  // Everything of the node that an act of a page could have changed, asked for on the command line.
  async state() {
    const ask = async (...words) => {
      const { json, code, stderr } = await this.node.cli([...words, '--json']);
      assert.equal(code, 0, `${words.join(' ')}: ${stderr}`);
      return json.data;
    };
    const [keys, grants, receipts, audit, models] = await Promise.all([
      ask('keys', 'list'), ask('support', 'list'), ask('receipts', 'list'), ask('audit', 'list', '--limit', '1000'), ask('models', 'list'),
    ]);
    return {
      keys: keys.map(({ id, status, revoked_at: revoked }) => ({ id, status, revoked })), grants, models: models.map(({ id }) => id),
      receipts: receipts.length, audit: audit.map(({ seq, actor, act, subject }) => `${seq} ${actor} ${act} ${subject}`),
    };
  }

  // How often the node has refused with each code since it started.
  async refusals() {
    const { text, status } = await request(this.node.url, { path: '/metrics', headers: { authorization: `Bearer ${this.witness}` } });
    assert.equal(status, 200, text);
    return Object.fromEntries([...text.matchAll(/^b3iq_errors_total\{code="(\w+)"\} (\d+)/gm)].map(([, code, count]) => [code, Number(count)]));
  }

  // Runs the act of a hostile page. It must come to nothing on the node; with `code`, the node itself must have refused it with that
  // code, at least `times` times: a browser that never sent it would prove nothing about the node.
  async comesToNothing(act, { code, times = 1 } = {}) {
    const before = await this.state();
    const cookies = await this.context?.cookies(this.node.url);
    const refused = await this.refusals();
    const seen = await act();
    if (code) {
      const now = await this.refusalsAtLeast(code, refused[code] + times);
      assert.ok(now, `the node has not refused with ${code}: ${JSON.stringify(seen)}`);
    }
    assert.deepEqual(await this.state(), before, 'the node has changed');
    assert.deepEqual(await this.context?.cookies(this.node.url), cookies, 'the cookies have changed');
    return seen;
  }

  // Acts without an answer (a form in a frame, an image) may still be under way.
  async refusalsAtLeast(code, count, withinMs = 10_000) {
    const end = Date.now() + withinMs;
    for (;;) {
      const now = await this.refusals();
      if (now[code] >= count) return now;
      if (Date.now() > end) return undefined;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async close() {
    await this.browser?.close();
    await this.site?.close();
    await this.node?.close();
  }
}
