// CASES G3-33, -38, -39 from a browser: keys that are used beyond their scope, passwords that are guessed, support grants that are
// used for something else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { defaultModel, until } from '../e2e/node.mjs';
import { Stand, callOf, fetchIn, jsonPost, kOwner, routesOf } from './stand.mjs';

const kGuesses = 30;
const kLooked = 8;  // five are free; a slow machine takes long enough over the rest for some more
const kPauseS = 4;  // long enough that three requests are within it
let stand;
let page;  // a page of the node's own, of a browser that nobody has logged in with
before(async () => {
  stand = await Stand.start({ ready: true });
  page = await stand.ownPage(null);
});
after(() => stand?.close());

const at = (route) => `${stand.node.url}${route}`;
const bearer = (secret) => ({ authorization: `Bearer ${secret}` });
const kChat = { model: defaultModel, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 };
const guess = (from, body) => fetchIn(from, at('/setup/v1/login'), jsonPost(body));
const unhurried = (answer) => JSON.stringify(problem(answer)).replace(/\d+/g, 'N');  // without the seconds to wait
const problem = ({ text }) => ({ ...JSON.parse(text).error, instance: undefined });

test('G3-33 a key in a page opens the routes of its scopes and no other; the missing scope is named', async () => {
  const routes = [
    ['chat', '/v1/chat/completions', kChat], ['models', '/v1/models'], ['receipts', '/v1/receipts'], ['metrics', '/metrics'],
    ['chat', '/v1/messages', kChat], ['chat', '/api/chat', { model: defaultModel, messages: kChat.messages, stream: false }], ['models', '/api/tags'],
  ];
  const call = (route, body, secret) => fetchIn(page, at(route), body ? jsonPost(body, bearer(secret)) : { headers: bearer(secret) });
  for (const scope of ['chat', 'models', 'receipts', 'metrics']) {
    const { secret } = await stand.node.key({ name: scope, scope });
    for (const [needed, route, body] of routes) {
      if (needed === scope) {
        assert.equal((await call(route, body, secret)).status, 200, `control: ${route} with ${scope}`);
        continue;
      }
      const seen = await stand.comesToNothing(() => call(route, body, secret), { code: 'local_api_key_scope_denied' });
      assert.equal(seen.status, 403, `${route} with ${scope}: ${seen.text}`);
      assert.match(seen.text, new RegExp(`\\b${needed}\\b`), `${route} with ${scope} names what is missing`);
    }
    for (const route of ['/setup/v1/status', '/setup/v1/keys']) {
      const seen = await stand.comesToNothing(() => call(route, undefined, secret));
      assert.ok([401, 403].includes(seen.status), `a key opens ${route}: ${seen.text}`);
    }
  }
});

test('G3-38 guesses of a page of another site are not even looked at, and slow nobody', async () => {
  for (const host of ['evil.test', '127.0.0.1']) {
    const foreign = await stand.foreignPage('/', host);
    await stand.comesToNothing(() => foreign.evaluate(([url, count]) => Promise.all(Array.from({ length: count }, (_, i) => fetch(url, {
      method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: JSON.stringify({ name: 'ada', password: `guess ${i}` }),
    }).catch(() => {}))), [at('/setup/v1/login'), kGuesses]), { code: 'origin_not_allowed', times: kGuesses });
    await foreign.close();
  }
  const seen = await guess(page, kOwner);
  assert.equal(seen.status, 200, `the owner waits for nothing: ${seen.text}`);
  await page.context().clearCookies();
});

test('G3-38 a wrong password and a name that is nobody\'s have one answer', async () => {
  const wrong = await guess(page, { ...kOwner, password: 'not the password' });
  const nobody = await guess(page, { ...kOwner, name: 'nobody' });
  assert.equal(wrong.status, 401);
  assert.equal(nobody.status, 401);
  assert.deepEqual(problem(wrong), problem(nobody));
  assert.deepEqual(await page.context().cookies(), [], 'nothing is left in the browser');
});

test('G3-38 guessing in a page of the node\'s own is slowed, for a name that is nobody\'s as for one that is there', async () => {
  const words = new Set();
  for (const name of [kOwner.name, 'nobody at all']) {
    const guesses = await Promise.all(Array.from({ length: kGuesses }, (_, i) => guess(page, { name, password: `guess number ${i}` })));
    const looked = guesses.filter(({ status }) => status === 401).length;
    assert.ok(looked <= kLooked, `${looked} of ${kGuesses} guesses were looked at`);
    const slowed = guesses.filter(({ status }) => status === 429);
    assert.equal(slowed.length, kGuesses - looked);
    assert.ok(slowed.every(({ retryAfter }) => Number(retryAfter) >= 1));
    for (const answer of slowed) words.add(unhurried(answer));
  }
  assert.equal(words.size, 1, [...words].join('\n'));
});

test('G3-38 while guessing is slowed the right password has the answer of a wrong one; the owner\'s own browser is let in', async () => {
  const wrong = { ...kOwner, password: 'wrong password' };
  await until(async () => Number((await guess(page, wrong)).retryAfter) >= kPauseS, 60_000, 'a longer pause');
  const [one, other] = await Promise.all([kOwner, wrong].map((body) => guess(page, body)));
  assert.deepEqual([one.status, other.status], [429, 429]);
  assert.equal(unhurried(one), unhurried(other));
  const own = await stand.ownPage();
  const mine = await guess(own, kOwner);
  assert.equal(mine.status, 200, mine.text);
  await own.context().close();
});

test('G3-39 a support grant in a page opens diagnostics and no other route; every use is in the audit log', async () => {
  const made = await stand.node.cli(['support', 'grant', '--note', 'vendor', '--expires', '1h', '--json']);
  const { secret, id } = made.json;
  assert.equal((await fetchIn(page, at('/setup/v1/diagnostics'), { headers: bearer(secret) })).status, 200, 'control: what it is for');
  const before = await stand.state();
  const closed = routesOf((level) => !['public', 'diagnostics', 'setup_session', 'invitation_session'].includes(level));
  for (const [method, route] of closed) {
    const answer = await fetchIn(page, at(route), callOf(method, bearer(secret)));
    assert.equal(answer.status, 403, `${method} ${route}: ${answer.text}`);
  }
  // The log names a route by its first words: what stands behind them is the stranger's to choose.
  const wanted = [...new Set(closed.map(([method, route]) => `${id} support.refused ${method} ${route.split('/').slice(0, 4).join('/')}`))];
  const after = await until(async () => {
    const now = await stand.state();
    return wanted.every((line) => now.audit.some((one) => one.endsWith(` ${line}`))) && now;
  }, 10_000, `${wanted.length} refusals in the audit log`);
  assert.deepEqual({ ...after, audit: 0, grants: 0 }, { ...before, audit: 0, grants: 0 });
  assert.ok(after.audit.some((line) => line.includes(`${id} support.used GET /setup/v1/diagnostics`)));
});

test('G3-39 a grant that is revoked or has run out opens nothing, and a grant in another site\'s page never did', async () => {
  const made = (await stand.node.cli(['support', 'grant', '--note', 'short', '--expires', '1h', '--json'])).json;
  const diagnostics = (from) => fetchIn(from, at('/setup/v1/diagnostics'), { headers: bearer(made.secret) });
  const foreign = await stand.foreignPage('/', 'evil.test');
  assert.equal((await stand.comesToNothing(() => diagnostics(foreign), { code: 'origin_not_allowed' })).outcome, 'blocked');
  assert.equal((await diagnostics(page)).status, 200);
  assert.equal((await stand.node.cli(['support', 'revoke', made.id])).code, 0);
  assert.equal((await diagnostics(page)).status, 401);
});
