// CASES G1-8, -9, -12 in real browsers: one owner whatever races, nothing for anybody else ever after, and sessions that can be
// neither planted, read by scripts nor kept over a new password.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Stand, callOf, fetchIn, jsonPost, kOwner, routesOf, setupToken } from './stand.mjs';

const kBrowsers = 8;
const kNewPassword = 'another=horse entirely';
let stand;
before(async () => { stand = await Stand.start({ claimed: false }); });
after(() => stand?.close());

const at = (route) => `${stand.node.url}/setup/v1/${route}`;
const halfOf = (answer) => ({ 'x-b3iq-session': JSON.parse(answer.text).page_token });
const sessionCookie = async (page) => (await page.context().cookies(stand.node.url)).find(({ name }) => name.startsWith('b3iq_session_'));

// A browser of somebody who was given a setup token: its page, and the page's half of the session.
async function withSetupToken() {
  const page = await stand.ownPage(null);
  const opened = await fetchIn(page, at('setup-session'), jsonPost({ token: await setupToken(stand.node) }));
  assert.equal(opened.status, 200, opened.text);
  return { page, half: halfOf(opened) };
}

async function loggedIn(password = kOwner.password) {
  const page = await stand.ownPage(null);
  const answer = await fetchIn(page, at('login'), jsonPost({ ...kOwner, password }));
  assert.equal(answer.status, 200, answer.text);
  return { page, half: halfOf(answer) };
}

const statusOf = async ({ page, half }) => (await fetchIn(page, at('status'), { headers: half })).status;

test('G1-8 of eight browsers that claim at once exactly one owns the node', async () => {
  const racers = [];
  for (let i = 0; i < kBrowsers; i += 1) racers.push(await withSetupToken());
  const answers = await Promise.all(racers.map(({ page, half }) => fetchIn(page, at('owner'), jsonPost(kOwner, half))));
  const winners = answers.filter(({ status }) => status === 201);
  assert.equal(winners.length, 1, answers.map(({ status }) => status).join());
  for (const { status, text } of answers) assert.ok([201, 401, 409, 503].includes(status), text);
  for (const [i, racer] of racers.entries()) {
    const half = answers[i].status === 201 ? halfOf(answers[i]) : racer.half;
    assert.equal(await statusOf({ page: racer.page, half }), answers[i].status === 201 ? 200 : 401);
    await racer.page.context().close();
  }
  assert.equal((await stand.state()).audit.filter((line) => line.includes('owner.claimed')).length, 1);
});

test('G1-9 after the claim no page gets anything without the owner, a new setup token opens no second claim', async () => {
  const setup = await withSetupToken();
  const stranger = { page: await stand.ownPage(null), half: {} };
  const open = new Set(['public', 'setup_session', 'invitation_session', 'diagnostics']);
  const routes = routesOf((level, route) => route.startsWith('/setup/v1/') && !open.has(level));
  assert.ok(routes.length > 20, 'there are routes to try');
  await stand.comesToNothing(async () => {
    for (const { page, half } of [setup, stranger]) {
      const claim = await fetchIn(page, at('owner'), jsonPost({ ...kOwner, name: 'eve' }, half));
      assert.equal(claim.status, page === setup.page ? 409 : 401, claim.text);
      for (const [method, route] of routes) {
        const answer = await fetchIn(page, `${stand.node.url}${route}`, callOf(method, half));
        assert.equal(answer.status, 401, `${method} ${route}: ${answer.text}`);
      }
    }
  }, { code: 'unauthorized', times: routes.length * 2 });
  assert.equal(await statusOf(await loggedIn()), 200, 'control: the owner gets in');
  await Promise.all([setup, stranger].map(({ page }) => page.context().close()));
});

test('G1-12 no script reads the session\'s cookie, no other site is sent it, and each login has a new one', async () => {
  const first = await loggedIn();
  const cookies = (await first.page.context().cookies(stand.node.url)).filter(({ name }) => name.startsWith('b3iq_'));
  assert.equal(cookies.length, 2);
  for (const { httpOnly, sameSite, name, secure } of cookies) {
    assert.deepEqual({ httpOnly, sameSite, secure }, { httpOnly: true, sameSite: 'Strict', secure: false }, name);  // no TLS on loopback
  }
  assert.equal(await first.page.evaluate(() => document.cookie), '');
  const other = await first.page.context().newPage();
  stand.site.seen.length = 0;
  await other.goto(stand.site.url('/', 'evil.test'));
  assert.equal(stand.site.seen[0].headers.cookie, undefined);
  await other.close();

  const old = await sessionCookie(first.page);
  const again = await fetchIn(first.page, at('login'), jsonPost(kOwner));
  assert.equal(again.status, 200, again.text);
  assert.notEqual((await sessionCookie(first.page)).value, old.value);
  assert.equal(await statusOf(first), 401, 'the old half does not fit the new cookie');
  assert.equal(await statusOf({ page: first.page, half: halfOf(again) }), 200);
  await first.page.context().close();
});

test('G1-12 a session that a neighbour plants in the owner\'s browser does not become the owner\'s', async () => {
  const attacker = await withSetupToken();
  const planted = await sessionCookie(attacker.page);
  for (const cookiePath of ['/', '/setup/v1']) {
    const context = await stand.browser.newContext({ bypassCSP: true });
    const target = stand.site.page('/plant', 'planted', { 'set-cookie': `${planted.name}=${planted.value}; Path=${cookiePath}` });
    await stand.foreignPage(target, '127.0.0.1', context);
    const page = await context.newPage();
    await page.goto(`${stand.node.url}/setup/`);
    const login = await fetchIn(page, at('login'), jsonPost(kOwner));
    assert.equal(login.status, 200, login.text);
    const sent = (await context.cookies(at('status'))).filter(({ name }) => name === planted.name);
    assert.ok(sent.some(({ value }) => value !== planted.value), 'the login made a session of its own');
    assert.equal(await statusOf(attacker), 401, 'the planted session opens nothing');
    // A second cookie of the name puts the owner out (no more than that): neither of the two is believed.
    assert.equal(await statusOf({ page, half: halfOf(login) }), sent.length === 1 ? 200 : 401, cookiePath);
    assert.equal(await statusOf({ page, half: attacker.half }), 401);
    await context.close();
  }
  await attacker.page.context().close();
});

test('G1-12 a new password ends every other session at once; logging out ends this one', async () => {
  const [here, there] = [await loggedIn(), await loggedIn()];
  const change = (body) => fetchIn(here.page, at('owner/password'), jsonPost(body, here.half));
  assert.equal((await change({ current_password: 'not the password', new_password: kNewPassword })).status, 400);
  assert.equal(await statusOf(there), 200);
  const changed = await change({ current_password: kOwner.password, new_password: kNewPassword });
  assert.equal(changed.status, 200, changed.text);
  assert.equal(await statusOf(there), 401);
  assert.equal(await statusOf(here), 401, 'this browser has a new session too');
  here.half = halfOf(changed);
  assert.equal(await statusOf(here), 200);
  assert.equal((await fetchIn(there.page, at('login'), jsonPost(kOwner))).status, 401, 'the old password is dead');

  const cookie = await sessionCookie(here.page);
  assert.equal((await fetchIn(here.page, at('logout'), jsonPost({}, here.half))).status, 200);
  assert.equal(await sessionCookie(here.page), undefined, 'the browser forgets the cookie');
  await here.page.context().addCookies([cookie]);
  assert.equal(await statusOf(here), 401, 'and the node the session');
  await Promise.all([here, there].map(({ page }) => page.context().close()));
});

test('recovery from the machine: a new setup token sets a new password and ends every session', async () => {
  const signedIn = await loggedIn(kNewPassword);
  const helper = await withSetupToken();
  assert.equal(await statusOf(signedIn), 200);
  const recovered = await fetchIn(helper.page, at('owner/recovery'), jsonPost({ password: kOwner.password }, helper.half));
  assert.equal(recovered.status, 200, recovered.text);
  assert.equal(await statusOf(signedIn), 401);
  assert.equal(await statusOf({ page: helper.page, half: halfOf(recovered) }), 200);
  assert.equal(await statusOf(await loggedIn()), 200);
  await Promise.all([signedIn, helper].map(({ page }) => page.context().close()));
});
