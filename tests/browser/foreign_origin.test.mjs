// CASES G1-2, -3, -4, -10: a page of another site, of another port or of no origin at all, in the browser of the node's owner. Each
// act has everything that it would need (a setup token that works, the password, a key, the owner's cookies): it fails only because
// of where it comes from, and the same act in a page of the node's own succeeds.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { defaultModel } from '../e2e/node.mjs';
import { Stand, fetchIn, jsonPost, kOwner, setupToken } from './stand.mjs';

const kRefused = 'origin_not_allowed';
const kForeignHosts = ['evil.test', '127.0.0.1', 'localhost'];  // another site; another port of the node's own names
let stand;
let key;
before(async () => {
  stand = await Stand.start({ ready: true });
  key = (await stand.node.key({ name: 'app' })).secret;
});
after(() => stand?.close());

const at = (route) => `${stand.node.url}${route}`;
const plainPost = (body, mode) => ({ method: 'POST', mode, credentials: 'include', headers: { 'content-type': 'text/plain' }, body: JSON.stringify(body) });
const chat = () => jsonPost({ model: defaultModel, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 }, { authorization: `Bearer ${key}` });
const ofOwner = () => ({ 'x-b3iq-session': stand.pageToken });

async function audit(word) {
  return (await stand.state()).audit.filter((line) => line.includes(word)).length;
}

// What a page at `frame` can try by fetch, with and without a preflight.
async function everyFetch(frame) {
  const token = await setupToken(stand.node);
  const tries = [
    ['setup token, text/plain', '/setup/v1/setup-session', plainPost({ token }, 'cors')],
    ['setup token, text/plain, no-cors', '/setup/v1/setup-session', plainPost({ token }, 'no-cors')],
    ['login, text/plain, no-cors', '/setup/v1/login', plainPost(kOwner, 'no-cors')],
    ['setup token, JSON', '/setup/v1/setup-session', jsonPost({ token })],
    ['a key', '/setup/v1/keys', { ...jsonPost({ name: 'stolen' }, ofOwner()), credentials: 'include' }],
    ['a chat', '/v1/chat/completions', chat()],
    ['the status', '/setup/v1/status', { headers: ofOwner(), credentials: 'include' }],
    ['health', '/health', { mode: 'no-cors' }],
  ];
  for (const [what, route, init] of tries) {
    const seen = await stand.comesToNothing(() => fetchIn(frame, at(route), init), { code: kRefused });
    assert.ok(seen.outcome === 'blocked' || (seen.type === 'opaque' && seen.text === ''), `${what}: the page read ${JSON.stringify(seen)}`);
  }
  // The token has not been used up: it still opens the node's own page.
  const own = await stand.ownPage();
  assert.equal((await fetchIn(own, at('/setup/v1/setup-session'), plainPost({ token }, 'cors'))).status, 200);
  await own.context().close();
}

test('G1-2 control: in a page of the node\'s own the same acts succeed', async () => {
  const own = await stand.ownPage();
  const before = await stand.state();
  const opened = await audit('setup.opened');
  for (const [route, init, status] of [
    ['/setup/v1/keys', jsonPost({ name: 'made' }, ofOwner()), 201],
    ['/setup/v1/status', { headers: ofOwner() }, 200],
    ['/v1/chat/completions', chat(), 200],
    ['/health', {}, 200],
    ['/setup/v1/setup-session', plainPost({ token: await setupToken(stand.node) }, 'cors'), 200],
  ]) {
    const seen = await fetchIn(own, at(route), init);
    assert.equal(seen.status, status, `${route}: ${JSON.stringify(seen)}`);
  }
  const after = await stand.state();
  assert.equal(after.keys.length, before.keys.length + 1);
  assert.equal(after.receipts, before.receipts + 1);
  assert.equal(await audit('setup.opened'), opened + 1);
  await own.context().close();
});

for (const host of kForeignHosts) {
  test(`G1-2, G1-3 fetch from ${host} on another port, simple and with a preflight, changes nothing and reads nothing`, async () => {
    const page = await stand.foreignPage('/', host);
    await everyFetch(page);
    await page.close();
  });
}

// A form whose text/plain body is JSON.
const loginForm = (target) => `<!doctype html><html lang="en"><title>Win a prize</title>
<form method="post" enctype="text/plain" action="${at('/setup/v1/login')}" target="${target}">
<input type="hidden" name='{"name":"${kOwner.name}","password":"correct' value='${kOwner.password.split('=')[1]}"}'>
<button>Win</button></form><iframe name="hidden" hidden title="hidden"></iframe></html>`;

test('G1-2 a form that posts JSON as text/plain changes nothing, in the window and in a hidden frame', async () => {
  for (const host of kForeignHosts) {
    for (const target of ['_top', 'hidden', '_blank']) {
      const page = await stand.foreignPage(stand.site.page('/prize', loginForm(target)), host);
      await stand.comesToNothing(() => page.getByRole('button', { name: 'Win' }).click(), { code: kRefused });
      await page.close();
    }
  }
});

test('G1-2 control: the same form in a page of the node\'s own logs in', async () => {
  const own = await stand.ownPage();
  const logins = await audit('login.accepted');
  // The node's pages send no referrer, and so no Origin with a form; the same-origin rule is what this form shall meet.
  await own.setContent(loginForm('_top').replace('<title>', '<meta name="referrer" content="same-origin"><title>'));
  await Promise.all([own.waitForURL('**/setup/v1/login'), own.getByRole('button', { name: 'Win' }).click()]);
  assert.equal(await audit('login.accepted'), logins + 1);
  await own.context().close();
});

test('G1-2 a beacon changes nothing', async () => {
  for (const host of kForeignHosts) {
    const page = await stand.foreignPage('/', host);
    const token = await setupToken(stand.node);
    const act = () => page.evaluate(([url, body]) => navigator.sendBeacon(url, body), [at('/setup/v1/setup-session'), JSON.stringify({ token })]);
    await stand.comesToNothing(act, { code: kRefused });
    await page.close();
  }
});

test('G1-3 images, scripts, styles and media of the node load nowhere else', async () => {
  const tags = [
    (url) => `<img alt="" src="${url}">`, (url) => `<script src="${url}"></script>`, (url) => `<link rel="stylesheet" href="${url}">`,
    (url) => `<video src="${url}"></video>`, (url) => `<object data="${url}"></object>`, (url) => `<embed src="${url}">`,
  ];
  const body = tags.map((tag) => tag(at('/setup/'))).join('');
  for (const host of kForeignHosts) {
    const target = stand.site.page('/tags', `<!doctype html><html lang="en"><title>x</title>${body}</html>`);
    await stand.comesToNothing(async () => (await stand.foreignPage(target, host)).close(), { code: kRefused, times: 1 });
  }
});

test('G1-3 a sandboxed frame (origin null) gets nothing', async () => {
  const frame = '<iframe title="box" sandbox="allow-scripts allow-forms" src="/inner"></iframe>';
  const page = await stand.foreignPage(stand.site.page('/box', `<!doctype html><html lang="en"><title>x</title>${frame}</html>`));
  const inner = page.frames().find((one) => one.url().endsWith('/inner'));
  assert.equal(await inner.evaluate(() => self.origin), 'null');
  await everyFetch(inner);
  await page.close();
});

test('G1-3 a data: page (origin null) gets nothing', async () => {
  const frame = '<iframe title="data" src="data:text/html,<title>x</title>data"></iframe>';
  const page = await stand.foreignPage(stand.site.page('/data', `<!doctype html><html lang="en"><title>x</title>${frame}</html>`));
  const inner = page.frames().find((one) => one.url().startsWith('data:'));
  assert.equal(await inner.evaluate(() => self.origin), 'null');
  await everyFetch(inner);
  await page.close();
});

test('G1-3 a page from a file gets nothing', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-browser-'));
  const file = path.join(folder, 'mail.html');
  fs.writeFileSync(file, '<!doctype html><html lang="en"><title>A mail</title>mail</html>');
  const page = await stand.context.newPage();
  await page.goto(`file://${file}`);
  await everyFetch(page);
  await page.close();
  fs.rmSync(folder, { recursive: true });
});

test('G1-3 a neighbour on another port receives the owner\'s cookies, and they open nothing', async () => {
  const page = await stand.foreignPage('/', '127.0.0.1');
  stand.site.seen.length = 0;
  await page.goto(stand.site.url('/again'));
  const stolen = stand.site.seen[0].headers.cookie;
  assert.match(stolen ?? '', /b3iq_session_/, 'cookies know no ports: if the neighbour has none of them, this test proves nothing');
  const seen = await stand.comesToNothing(
    () => stand.node.request({ path: '/setup/v1/status', headers: { cookie: stolen } }), { code: 'unauthorized' });
  assert.equal(seen.status, 401);
  for (const guess of ['b3iq_session_', stolen.split('=')[1].split(';')[0]]) {
    const answer = await stand.node.request({ path: '/setup/v1/keys', headers: { cookie: stolen, 'x-b3iq-session': guess } });
    assert.equal(answer.status, 401);
  }
  const whole = await stand.node.request({ path: '/setup/v1/status', headers: { cookie: stolen, 'x-b3iq-session': stand.pageToken } });
  assert.equal(whole.status, 200, 'control: with the page\'s half the same cookies open the node');
  await page.close();
});

test('G1-3 a window that another page opens on the node tells its opener nothing', async () => {
  for (const host of kForeignHosts) {
    const page = await stand.foreignPage('/', host);
    await stand.comesToNothing(async () => {
      const [popup] = await Promise.all([
        page.waitForEvent('popup'),
        page.evaluate((url) => { self.opened = window.open(url); }, at('/setup/')),
      ]);
      await popup.waitForLoadState().catch(() => {});
      const read = await page.evaluate(() => {
        try { return self.opened.document.documentElement.outerHTML; } catch { return null; }
      });
      assert.ok(read === null || !read.includes('B3IQ'), `the opener read ${read}`);
      await popup.close();
    });
    await page.close();
  }
});
