// CASES G1-7, -8, -9, -12 and G3-38, -39 over HTTP: who owns the node, which browser acts for the owner, and what a support
// grant opens. The browser itself comes with the setup wizard; here its requests are made by hand.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, openedSetup } from './browser.mjs';
import { Node, repoRoot, request, until, upstreamConfig } from './node.mjs';
import { Upstream } from './upstream.mjs';

const kPassword = 'correct horse battery';
let upstream;
let node;
before(async () => {
  upstream = await Upstream.start();
  node = await Node.start({ config: upstreamConfig(upstream.url) });
});
after(async () => {
  await node?.close();
  await upstream?.close();
});

async function fresh(run) {
  const other = await Node.start({ config: upstreamConfig(upstream.url) });
  try {
    await run(other);
  } finally {
    await other.close();
  }
}

let owner;

test('G1-7 the setup token stands behind # in the address, works once, and is in no log and no file', async () => {
  const { stdout } = await node.cli(['wizard', 'url', '--with-token']);
  const url = new URL(stdout.trim().split('\n').at(-1));
  assert.equal(url.search, '', 'nothing of it is sent to a server or a proxy');
  const token = url.hash.slice('#token='.length);
  const browser = new Browser(node);
  assert.equal((await browser.call('POST', 'setup-session', { token })).status, 200);
  const again = await new Browser(node).call('POST', 'setup-session', { token });
  assert.equal(again.status, 401);
  assert.equal(again.json.error.code, 'unauthorized');
  for (const file of fs.readdirSync(node.home, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    assert.ok(!fs.readFileSync(path.join(file.parentPath ?? file.path, file.name)).includes(token), file.name);
  }
  assert.ok(!node.output.includes(token));
});

test('G1-12 a session of a setup token can claim, and nothing else', async () => {
  const browser = await openedSetup(node);
  for (const [method, route] of [['GET', 'status'], ['GET', 'keys'], ['GET', 'sessions'], ['GET', 'audit'], ['GET', 'diagnostics'], ['POST', 'logout']]) {
    assert.equal((await browser.call(method, route, method === 'POST' ? {} : undefined)).status, 401, route);
  }
});

test('G1-8 of twenty browsers that claim at once exactly one owns the node', () => fresh(async (other) => {
  const browsers = [];
  for (let i = 0; i < 20; i += 1) browsers.push(await openedSetup(other));
  const answers = await Promise.all(browsers.map((browser, i) => browser.call('POST', 'owner', { name: `user-${i}`, password: kPassword })));
  const won = answers.filter((answer) => answer.status === 201);
  assert.equal(won.length, 1, answers.map((answer) => answer.status).join());
  for (const answer of answers) {
    assert.ok([201, 409, 401, 503].includes(answer.status), answer.text);
  }
  const winner = browsers[answers.indexOf(won[0])];
  assert.equal((await winner.call('GET', 'status')).status, 200);
  for (const browser of browsers) {
    if (browser !== winner) assert.equal((await browser.call('GET', 'status')).status, 401);
  }
}));

test('G1-8 the claim: name and password, then a session of the owner with new secrets', async () => {
  const browser = await openedSetup(node);
  const before = browser.sessionCookie[1];
  assert.equal((await new Browser(node).call('GET', 'ownership')).json.claimed, false);
  assert.equal((await browser.call('POST', 'owner', { name: 'ada', password: 'short' })).status, 400);
  const claimed = await browser.call('POST', 'owner', { name: 'ada', password: kPassword });
  assert.equal(claimed.status, 201, claimed.text);
  assert.equal(claimed.json.kind, 'user');
  assert.deepEqual([claimed.json.user.name, claimed.json.user.role], ['ada', 'owner']);
  assert.notEqual(browser.sessionCookie[1], before, 'the session is rotated');
  assert.equal((await new Browser(node).call('GET', 'ownership')).json.claimed, true);
  for (const line of claimed.headers['set-cookie']) assert.match(line, /; HttpOnly; SameSite=Strict$/);
  assert.match(claimed.headers['cache-control'], /no-store/);
  owner = browser;
  assert.equal((await owner.call('GET', 'status')).status, 200);
});

test('G1-9 after the claim no setup route opens without the owner, with a new setup token neither', async () => {
  const api = JSON.parse(fs.readFileSync(path.join(repoRoot, 'api/local.json'), 'utf8'));
  const setup = await openedSetup(node);
  assert.equal((await setup.call('POST', 'owner', { name: 'eve', password: kPassword })).status, 409);
  for (const [route, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (!route.startsWith('/setup/v1/') || ['public', 'setup_session', 'invitation_session'].includes(operation['x-b3iq-auth'])) continue;
      for (const browser of [setup, new Browser(node)]) {
        const answer = await browser.call(method.toUpperCase(), route.slice('/setup/v1/'.length).replace(/\{\w+\*?\}/, 'x'), method === 'post' ? {} : undefined);
        assert.equal(answer.status, 401, `${method} ${route}: ${answer.text}`);
      }
    }
  }
});

test('G1-12 either half of a session alone opens nothing, and another site sends neither', async () => {
  const [name, value] = owner.sessionCookie;
  const half = (headers) => request(node.url, { path: '/setup/v1/status', headers });
  assert.equal((await half({ cookie: `${name}=${value}` })).status, 401);
  assert.equal((await half({ 'x-b3iq-session': owner.pageToken })).status, 401);
  assert.equal((await half({ cookie: `${name}=${value}; ${name}=${value}`, 'x-b3iq-session': owner.pageToken })).status, 401);
  assert.equal((await half({ cookie: `${name}=${value}`, 'x-b3iq-session': owner.pageToken })).status, 200);
  const foreign = await half({ cookie: `${name}=${value}`, 'x-b3iq-session': owner.pageToken, origin: 'http://127.0.0.1:9' });
  assert.equal(foreign.status, 403, 'the same host on another port is another origin');
});

test('the owner in the browser does what the command line does: keys, models, receipts', async () => {
  const made = await owner.call('POST', 'keys', { name: 'from the browser' });
  assert.equal(made.status, 201, made.text);
  assert.match(made.json.secret, /^b3iq_local_/);
  const [name, value] = owner.sessionCookie;
  const headers = { cookie: `${name}=${value}`, 'x-b3iq-session': owner.pageToken };
  assert.equal((await request(node.url, { path: '/v1/models', headers })).status, 200);
  assert.equal((await request(node.url, { path: '/v1/receipts', headers })).status, 200);
  const { json } = await node.cli(['audit', 'list', '--json']);
  const entry = json.data.find(({ act }) => act === 'key.created');
  assert.match(entry.actor, /^user_/);
  assert.equal(entry.subject, made.json.id);
});

test('G3-38 a wrong password and an unknown name have one answer, and neither is quicker', async () => {
  const times = { name: [], password: [] };
  const texts = new Set();
  const known = owner.cookies;
  for (let i = 0; i < 2; i += 1) {
    for (const [kind, body] of [['password', { name: 'ada', password: 'not the password' }], ['name', { name: 'nobody', password: kPassword }]]) {
      const browser = new Browser(node);
      const start = performance.now();
      const answer = await browser.call('POST', 'login', body);
      times[kind].push(performance.now() - start);
      assert.equal(answer.status, 401);
      texts.add(JSON.stringify({ ...answer.json.error, instance: undefined }));
    }
  }
  assert.equal(texts.size, 1, [...texts].join('\n'));
  const [a, b] = [Math.min(...times.name), Math.min(...times.password)];
  assert.ok(a > b / 2 && b > a / 2, `unknown name ${a.toFixed(0)} ms, wrong password ${b.toFixed(0)} ms`);
  assert.ok(known.size > 0);
});

test('G3-38 guessing is slowed; while it is, right and wrong get one answer; the owner\'s own browser is let in', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => new Browser(node).call('POST', 'login', { name: 'ada', password: `guess number ${i}` })));
  const looked = answers.filter(({ status }) => status === 401).length;
  assert.ok(looked <= 5, `${looked} of 40 guesses were looked at`);
  const slowed = answers.find(({ status }) => status === 429);
  assert.ok(Number(slowed.headers['retry-after']) >= 1);
  const right = await new Browser(node).call('POST', 'login', { name: 'ada', password: kPassword });
  const wrong = await new Browser(node).call('POST', 'login', { name: 'ada', password: 'not the password' });
  assert.equal(right.status, 429);
  assert.equal(right.json.error.detail, wrong.json.error.detail);
  const mine = await owner.call('POST', 'login', { name: 'ada', password: kPassword });
  assert.equal(mine.status, 200, mine.text);
  const recovery = await openedSetup(node);
  assert.equal((await recovery.call('POST', 'owner/recovery', { password: kPassword })).status, 200, 'the machine itself always gets in');
  owner = recovery;
});

test('G1-12 a new password ends every other session', async () => {
  const other = new Browser(node);
  other.cookies = new Map([...owner.cookies].filter(([name]) => name.startsWith('b3iq_browser_')));
  assert.equal((await other.call('POST', 'login', { name: 'ada', password: kPassword })).status, 200);
  assert.equal((await owner.call('GET', 'sessions')).json.data.length, 2);
  const wrong = await owner.call('POST', 'owner/password', { current_password: 'not the password', new_password: 'next password' });
  assert.equal(wrong.json.error.code, 'invalid_request');
  const old = { ...owner.sessionCookie };
  const changed = await owner.call('POST', 'owner/password', { current_password: kPassword, new_password: 'next password' });
  assert.equal(changed.status, 200, changed.text);
  assert.notEqual(owner.sessionCookie[1], old[1]);
  assert.equal((await other.call('GET', 'status')).status, 401);
  assert.equal((await owner.call('GET', 'status')).status, 200);
  assert.equal((await owner.call('POST', 'logout', {})).status, 200);
  assert.equal((await owner.call('GET', 'status')).status, 401);
});

test('G3-39 a support grant opens diagnostics and no other route; every use and refusal is in the audit log', async () => {
  const made = await node.cli(['support', 'grant', '--note', 'vendor', '--expires', '1h', '--json']);
  const { secret, id } = made.json;
  assert.match(secret, /^b3iq_support_[0-9A-Za-z]{49}$/);
  const headers = { authorization: `Bearer ${secret}` };
  const seen = await request(node.url, { path: '/setup/v1/diagnostics', headers });
  assert.equal(seen.status, 200, seen.text);
  assert.ok(!seen.text.includes(node.home), 'no path');
  assert.ok(!seen.text.includes(upstream.url), 'no address');
  const api = JSON.parse(fs.readFileSync(path.join(repoRoot, 'api/local.json'), 'utf8'));
  for (const [route, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (['public', 'diagnostics'].includes(operation['x-b3iq-auth'])) continue;
      const answer = await request(node.url, { method: method.toUpperCase(), path: route.replace(/\{\w+\*?\}/, 'x'), headers, body: method === 'post' ? {} : undefined });
      const wanted = ['setup_session', 'invitation_session'].includes(operation['x-b3iq-auth']) ? 401 : 403;
      assert.equal(answer.status, wanted, `${method} ${route}: ${answer.text}`);
    }
  }
  assert.equal((await node.cli(['support', 'revoke', id])).code, 0);
  const ended = await request(node.url, { path: '/setup/v1/diagnostics', headers });
  assert.equal(ended.status, 401);
  assert.equal(ended.json.error.code, 'key_revoked');
  // Uses are written a moment after they are answered; the last one is that of the ended grant.
  const used = 'support.refused GET /setup/v1/diagnostics';
  let listed;
  const mine = await until(async () => {
    listed = (await node.cli(['audit', 'list', '--limit', '1000', '--json'])).json.data;
    const acts = listed.filter(({ actor, subject }) => actor === id || subject === id).map(({ act, subject }) => `${act} ${subject}`);
    return acts.includes(used) && acts;
  }, 10_000, 'the use of the ended grant');
  for (const wanted of [`support.granted ${id}`, 'support.used GET /setup/v1/diagnostics', 'support.refused POST /v1/chat/completions', 'support.refused GET /setup/v1/keys', `support.revoked ${id}`]) {
    assert.ok(mine.includes(wanted), `${wanted} in\n${mine.join('\n')}`);
  }
  const verified = await node.cli(['audit', 'verify', '--json']);
  assert.equal(verified.code, 0);
  assert.equal(verified.json.holds, true);
  assert.equal(verified.json.entries, listed.length);
});

test('ownership, sessions and the audit chain survive kill -9', async () => {
  await node.crash();
  await node.serve();
  assert.equal((await new Browser(node).call('GET', 'ownership')).json.claimed, true);
  const { json, code } = await node.cli(['audit', 'verify', '--json']);
  assert.equal(code, 0);
  assert.ok(json.entries > 10);
  const back = await new Browser(node).call('POST', 'login', { name: 'ada', password: 'next password' });
  assert.equal(back.status, 200, back.text);
});
