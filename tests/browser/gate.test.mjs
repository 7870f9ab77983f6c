// The way in: from the printed address to an owner, login, recovery. CASES G1-7 in a real browser.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, until } from '../e2e/node.mjs';
import { launch, launchWithProfile } from './chromium.mjs';
import { faultsOf } from './looks.mjs';
import { WebApp, kPassword, printedUrl } from './web_app.mjs';

let node;
let browser;
before(async () => {
  node = await Node.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await node?.close();
});

test('without an owner the page says how to become it', async () => {
  const app = await WebApp.open(browser, node.url);
  await app.page.getByRole('heading', { level: 1, name: 'This node has no owner yet' }).waitFor();
  await app.page.getByText('b3iq-host wizard url --with-token').waitFor();
  assert.deepEqual(await faultsOf(app), []);
  app.watch.clean();
  await app.close();
});

test('G1-7 the token of the printed address is swapped at once: what the browser keeps of it is spent, and nobody else is told', async (t) => {
  const url = await printedUrl(node);
  const token = new URL(url).hash.slice('#token='.length);
  assert.match(token, /^b3iq_setup_/);
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-profile-'));
  const context = await launchWithProfile(profile);
  t.after(async () => {
    await context.close();
    fs.rmSync(profile, { recursive: true, force: true });
  });
  const sent = [];
  context.on('request', (request) => sent.push(request));
  const app = await WebApp.open(undefined, node.url, { context, target: url });
  await app.page.getByRole('heading', { level: 1, name: 'Claim this node' }).waitFor();
  assert.equal(app.page.url(), `${node.url}/setup/`, 'off the screen');
  await app.keepsNone(token);
  assert.deepEqual(await faultsOf(app), []);
  await app.claim();
  await app.heading.filter({ hasNotText: 'Claim this node' }).waitFor();
  await app.settled();
  await app.keepsNone(token, kPassword);
  app.watch.clean();

  const carried = sent.filter((request) => `${request.url().split('#')[0]} ${request.headers().referer} ${request.postData()}`.includes(token));
  assert.deepEqual(carried.map((request) => `${request.method()} ${request.url()}`), [`POST ${node.url}/setup/v1/setup-session`], 'sent once, in a body');
  assert.ok(!node.output.includes(token), 'the node prints the token');
  assert.ok(!(await node.cli(['logs', '--lines', '1000'])).stdout.includes(token), 'the token is in the log');

  // On the disk Chromium keeps the addresses that were typed. The password it must not keep, and the token is worth nothing.
  await context.close();
  const files = fs.readdirSync(profile, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  assert.ok(files.length > 10);
  for (const file of files) assert.ok(!fs.readFileSync(path.join(file.parentPath, file.name)).includes(kPassword), file.name);
  const second = await WebApp.open(browser, node.url, { target: url });
  await second.page.getByRole('heading', { level: 1, name: 'Log in' }).waitFor();
  assert.match(await second.alert.innerText(), /b3iq-host wizard url --with-token/, 'what to do next');
  assert.equal((await second.api('POST', '/setup/v1/setup-session', { token })).status, 401);
  await second.close();
});

test('login: a wrong password is said in words, the right one leads to the overview; logging out leads back', async () => {
  const app = await WebApp.open(browser, node.url);
  app.watch.expect(/401 \(Unauthorized\)/);
  await app.login('Ada', 'not the password');
  assert.match(await app.alert.innerText(), /password/i);
  await app.login();
  await app.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await app.keepsNone(kPassword);
  await app.page.reload();
  await app.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();

  const token = await app.page.evaluate(() => localStorage.getItem('b3iq_page_token'));
  await app.navigation.getByRole('link', { name: 'Ada' }).click();
  await app.page.getByRole('heading', { level: 1, name: 'Account' }).waitFor();
  await app.button('Log out').click();
  await app.page.getByRole('heading', { level: 1, name: 'Log in' }).waitFor();
  await app.keepsNone(token);
  app.watch.clean();
  await app.close();
});

test('recovery: a new printed address sets a new password and ends the other sessions', async () => {
  const elsewhere = await WebApp.open(browser, node.url);
  await elsewhere.login();
  await elsewhere.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  elsewhere.watch.expect(/401 \(Unauthorized\)/);

  const app = await WebApp.open(browser, node.url, { target: await printedUrl(node) });
  await app.page.getByRole('heading', { level: 1, name: 'Set a new password' }).waitFor();
  await app.setPassword('a new password of mine');
  await app.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  assert.equal((await elsewhere.api('GET', '/setup/v1/status')).status, 401);
  await elsewhere.page.reload();
  await elsewhere.page.getByRole('heading', { level: 1, name: 'Log in' }).waitFor();
  const old = await WebApp.open(browser, node.url);
  old.watch.expect(/401 \(Unauthorized\)/);
  await old.login();
  await old.alert.waitFor();
  await old.login('Ada', 'a new password of mine');
  await old.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  for (const one of [elsewhere, app, old]) {
    one.watch.clean();
    await one.close();
  }
});

test('a node that stops is said, and the page goes on by itself when it is back', async () => {
  const app = await WebApp.open(browser, node.url);
  app.watch.expect(/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/);
  await node.stop();
  await app.login('Ada', 'a new password of mine');
  await app.alert.waitFor();
  await node.serve();
  await until(async () => (await node.request({ path: '/health' })).status === 200, 10_000, 'health');
  assert.equal(typeof await app.alert.innerText(), 'string');
  await app.close();
});
