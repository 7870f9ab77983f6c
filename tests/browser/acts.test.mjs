// What an owner does in the pages, and what others cannot: keys, secrets that are shown once, roles, the keyboard alone.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { Node, defaultModel, longChat, until } from '../e2e/node.mjs';
import { Upstream } from '../e2e/upstream.mjs';
import { launch } from './chromium.mjs';
import { faultsOf } from './looks.mjs';
import { WebApp, kDesktop, kPages, kPassword, printedUrl } from './web_app.mjs';

let upstream;
let node;
let browser;
let owner;
before(async () => {
  upstream = await Upstream.start();
  node = await Node.start({ config: { runtimes: [{ id: 'embedded', kind: 'embedded' }, { id: 'up', kind: 'openai', base_url: upstream.url }] } });
  browser = await launch();
  await node.ready();
  owner = await WebApp.open(browser, node.url, { target: await printedUrl(node) });
  await owner.claim();
  await owner.page.getByRole('heading', { level: 1, name: 'What this machine has' }).waitFor();
  await owner.page.getByRole('link', { name: 'Leave setup' }).click();
  await owner.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
});
after(async () => {
  await browser?.close();
  await node?.close();
  await upstream?.close();
});

// Makes a key in the pages; answers its secret after the dialog has been closed.
async function makeKey(app, name) {
  await app.go('Keys');
  await app.button('Make a key').click();
  const form = app.dialog('Make a key');
  await form.getByLabel(/^Name/).fill(name);
  await app.button('Make key', form).click();
  const shown = app.dialog(`Key for ${name}`);
  const secret = (await shown.getByTestId('secret').innerText()).trim();
  assert.match(secret, /^b3iq_local_[0-9A-Za-z]{49}$/);
  assert.ok(await app.button('Done', shown).isDisabled(), 'it is not closed by accident');
  await app.page.keyboard.press('Escape');
  assert.ok(await shown.isVisible(), 'nor by Escape');
  await shown.getByLabel('I have put it somewhere safe').check();
  await app.button('Done', shown).click();
  await shown.waitFor({ state: 'detached' });
  return secret;
}

const clientWith = (apiKey) => new OpenAI({ apiKey, baseURL: `${node.url}/v1`, maxRetries: 0 });
const kHi = { model: defaultModel, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 2 };

test('a key made in the pages works in the openai package; its secret is nowhere once the dialog is closed', async () => {
  const secret = await makeKey(owner, 'my editor');
  const answer = await clientWith(secret).chat.completions.create(kHi);
  assert.equal(answer.object, 'chat.completion');
  await owner.page.getByRole('row', { name: /my editor/ }).waitFor();
  await owner.keepsNone(secret, secret.slice('b3iq_local_'.length), kPassword);
  await owner.page.reload();
  await owner.settled();
  await owner.keepsNone(secret);
  owner.watch.clean();
});

test('revoking a key in the pages cuts access at once, also of an answer that streams', async () => {
  const secret = await makeKey(owner, 'short-lived');
  const client = clientWith(secret);
  const stream = await client.chat.completions.create(longChat());
  const reading = (async () => {
    let pieces = 0;
    try {
      for await (const chunk of stream) if (chunk.choices[0]?.delta?.content) pieces += 1;
      return { pieces, error: null };
    } catch (error) {
      return { pieces, error };
    }
  })();
  await owner.button('Revoke short-lived').click();
  const ask = owner.dialog('Revoke short-lived?');
  await owner.button('Revoke key', ask).click();
  await ask.waitFor({ state: 'detached' });
  await assert.rejects(client.chat.completions.create(kHi), (error) => error.status === 401 && error.code === 'key_revoked');
  const ended = await reading;
  assert.ok(ended.error !== null || ended.pieces < 1_000, 'the stream did not run to its end');
  assert.equal(await owner.page.getByRole('row', { name: /short-lived/ }).count(), 0, 'it is off the list of active keys');
  owner.watch.clean();
});

// Invites somebody in the owner's pages; answers the new user's own browser, logged in.
async function invited(name, role) {
  await owner.go('Users');
  await owner.button('Invite a user').click();
  const form = owner.dialog('Invite a user');
  await form.getByLabel(/^Name/).fill(name);
  await form.getByRole('radio', { name: new RegExp(role, 'i') }).check();
  await owner.button('Make the invitation', form).click();
  const shown = owner.dialog(`Invitation for ${name}`);
  const url = (await shown.getByTestId('secret').innerText()).trim();
  await shown.getByLabel('I have put it somewhere safe').check();
  await owner.button('Done', shown).click();
  await owner.keepsNone(new URL(url).hash.slice('#invite='.length));
  const app = await WebApp.open(browser, node.url, { target: url });
  await app.page.getByRole('heading', { level: 1, name: `Welcome, ${name}` }).waitFor();
  await app.setPassword(kPassword);
  await app.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  return app;
}

test('a viewer sees what the node does and can do nothing: not in the pages, not by address, not by a request of the page', async () => {
  const viewer = await invited('Vera', 'viewer');
  for (const { path, title, least } of kPages.filter(({ least: needed }) => needed !== 'viewer')) {
    assert.equal(await viewer.navigation.getByRole('link', { name: title, exact: true }).count(), 0, `${title} is in the navigation`);
    await viewer.page.goto(node.url + path);
    await viewer.page.getByText(least === 'owner' ? 'This page is for the owner' : 'This page is for the owner and operators').waitFor();
  }
  const before = await audit();
  const acts = [
    ['POST', '/setup/v1/keys', { name: 'x' }], ['POST', '/setup/v1/model-jobs', { kind: 'install', catalogue: 'x' }],
    ['POST', '/setup/v1/models/load', { model: defaultModel }], ['POST', '/setup/v1/models/unload', { model: defaultModel }],
    ['POST', '/setup/v1/users', { name: 'eve', role: 'operator' }], ['POST', '/setup/v1/settings', { changes: {} }],
    ['POST', '/setup/v1/restart', {}], ['GET', '/setup/v1/audit'], ['GET', '/setup/v1/users'], ['GET', '/setup/v1/settings'],
    ['GET', '/setup/v1/backups'], ['POST', '/v1/chat/completions', kHi],
  ];
  viewer.watch.expect(/403 \(Forbidden\)/);
  for (const [method, route, body] of acts) {
    const answer = await viewer.api(method, route, body);
    assert.equal(answer.status, 403, `${method} ${route}: ${answer.text}`);
  }
  assert.equal((await viewer.api('GET', '/setup/v1/status')).status, 200, 'control: what a viewer may');
  assert.equal((await owner.api('GET', '/setup/v1/users')).status, 200, 'control: the owner may more');
  assert.deepEqual(await audit(), before, 'nothing has happened');
  for (const { path, title } of kPages.filter(({ least, path: where }) => least === 'viewer' && where !== '/setup/account')) {
    await viewer.page.goto(node.url + path);
    await viewer.page.getByRole('heading', { level: 1, name: title }).waitFor();
    await viewer.settled();
    const act = viewer.page.getByRole('main').getByRole('button', { name: /^(Revoke|Remove|Install|Load|Unload|Add|Make|Restart|Delete)\b/ });
    assert.deepEqual(await act.allInnerTexts(), [], `${title} offers acts to a viewer`);
  }
  viewer.watch.clean();
  await viewer.close();
});

async function audit() {
  const { json } = await node.cli(['audit', 'list', '--limit', '1000', '--json']);
  return json.data.map(({ seq, act, subject }) => `${seq} ${act} ${subject}`);
}

test('an operator makes keys and chats, and reaches nothing that is the owner\'s', async () => {
  const operator = await invited('Otto', 'operator');
  const secret = await makeKey(operator, 'of otto');
  assert.equal((await clientWith(secret).chat.completions.create(kHi)).object, 'chat.completion');
  operator.watch.expect(/403 \(Forbidden\)/);
  for (const [method, route, body] of [['GET', '/setup/v1/users'], ['GET', '/setup/v1/audit'], ['POST', '/setup/v1/settings', { changes: {} }], ['POST', '/setup/v1/restart', {}]]) {
    assert.equal((await operator.api(method, route, body)).status, 403, route);
  }
  operator.watch.clean();
  await operator.close();
});

test('another role reaches a page that is open', async () => {
  const guest = await invited('Ria', 'viewer');
  guest.watch.expect(/40[13] \(/);
  const playground = guest.navigation.getByRole('link', { name: 'Playground', exact: true });
  assert.equal(await playground.count(), 0);
  const { json: { data: users } } = await owner.api('GET', '/setup/v1/users');
  const route = `/setup/v1/users/${users.find(({ name }) => name === 'Ria').id}/role`;
  assert.equal((await owner.api('POST', route, { role: 'operator' })).status, 200);
  await playground.waitFor();
  assert.equal((await owner.api('POST', route, { role: 'viewer' })).status, 200);
  await playground.waitFor({ state: 'detached' });
  assert.equal(await guest.heading.innerText(), 'Overview');
  guest.watch.clean();
  await guest.close();
});

test('removing a user ends their session at once', async () => {
  const guest = await invited('Gus', 'viewer');
  assert.equal((await guest.api('GET', '/setup/v1/status')).status, 200);
  await owner.button('Remove: Gus').click();
  await owner.button('Remove user', owner.dialog('Remove Gus?')).click();
  await owner.dialog('Remove Gus?').waitFor({ state: 'detached' });
  guest.watch.expect(/401 \(Unauthorized\)/);
  assert.equal((await guest.api('GET', '/setup/v1/status')).status, 401);
  await guest.page.reload();
  await guest.page.getByRole('heading', { level: 1, name: 'Log in' }).waitFor();
  await guest.close();
});

test('the audit page finds an act by its kind and by who did it, and calls a removed user so', async () => {
  const { json: { user: { id } } } = await owner.api('POST', '/setup/v1/users', { name: 'Lea', role: 'viewer' });
  await owner.go('Audit');
  await owner.button('Users').click();
  const newest = owner.page.getByRole('table', { name: 'Audit log, newest first' }).getByRole('row').nth(1);
  await newest.filter({ hasText: 'Invited' }).getByText('Lea as viewer').waitFor();
  assert.equal((await owner.api('DELETE', `/setup/v1/users/${id}`)).status, 200);
  await owner.page.reload();
  await owner.settled();
  await newest.filter({ hasText: 'Removed the user' }).waitFor();
  assert.equal(await newest.getByText('a removed user').getAttribute('title'), `user_…${id.slice(-6)}`);
  const { json: { data: [{ seq }] } } = await owner.api('GET', '/setup/v1/audit?limit=1');
  await owner.page.getByText(new RegExp(`^\\d+ of all ${seq} entries, newest first\\.$`)).waitFor();
  await owner.page.getByLabel('By whom').selectOption('operator');
  await owner.page.getByText('The log has no such entry.').waitFor();
  await owner.page.getByLabel('By whom').selectOption({ label: 'By Ada (you)' });
  await newest.filter({ hasText: 'Removed the user' }).waitFor();
  owner.watch.clean();
});

test('playground: an answer streams, stops when told to, and its figures are shown', async () => {
  await owner.go('Playground');
  await owner.page.getByLabel('Message').fill('Say hello.');
  await owner.page.keyboard.press('Enter');
  const answer = owner.page.getByRole('article', { name: `Answer of ${defaultModel}` }).last();
  await answer.getByRole('link', { name: 'Receipt' }).waitFor();
  assert.match(await answer.innerText(), /[1-9]\d* tokens/);

  await owner.page.getByLabel('Model', { exact: true }).filter({ visible: true }).selectOption('fake-endless');
  await owner.page.getByLabel('Message').fill('Never stop.');
  await owner.page.keyboard.press('Enter');
  const endless = owner.page.getByRole('article', { name: 'Answer of fake-endless' });
  await endless.getByText(/\w/).nth(1).waitFor();
  await owner.button('Stop').click();
  await owner.button('Send').waitFor();
  await until(() => upstream.requests.some(({ model, closedAt }) => model === 'fake-endless' && closedAt), 5_000, 'the end of the work behind the page');
  owner.watch.clean();
});

test('a backup is made while the page goes on, is in the list when it is done, and goes when it is told to', async () => {
  await owner.go('Settings');
  await owner.button('Backups').click();
  await owner.settled();
  const before = (await backups()).length;
  await owner.button('Make a backup').click();
  const ask = owner.dialog('Make a backup');
  await owner.button('Make backup', ask).click();
  await ask.waitFor({ state: 'detached' });
  const download = owner.button(/^Download the backup of /);
  await download.first().waitFor();
  const made = await backups();
  assert.equal(made.length, before + 1);
  assert.equal(made[0].state, 'done', JSON.stringify(made[0]));
  assert.ok(made[0].bytes > 0 && made[0].error === null, JSON.stringify(made[0]));
  assert.equal(await owner.page.getByRole('progressbar').count(), 0, 'nothing is under way any more');
  await owner.button(/^Delete the backup of /).first().click();
  const remove = owner.dialog('Delete this backup?');
  await owner.button('Delete backup', remove).click();
  await remove.waitFor({ state: 'detached' });
  await until(async () => (await download.count()) === before, 5_000, 'the list without it');
  assert.equal((await backups()).length, before);
  owner.watch.clean();
});

test('a backup that fails says why and what to do, and the next try takes its place', async () => {
  const folder = path.join(node.home, 'backups');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.writeFileSync(folder, 'no folder');
  await owner.go('Settings');
  await owner.button('Backups').click();
  await owner.button('Make a backup').click();
  const ask = owner.dialog('Make a backup');
  await owner.button('Make backup', ask).click();
  await ask.waitFor({ state: 'detached' });
  const again = owner.button(/^Try again: Backup of /);
  await again.waitFor();
  await owner.page.getByRole('main').getByText('storage_failed').waitFor();
  assert.deepEqual((await backups()).map(({ state }) => state), ['failed']);
  assert.equal(await owner.button(/^Restore the backup of /).count(), 0, 'there is nothing to restore');
  assert.deepEqual(await faultsOf(owner), []);
  await owner.page.setViewportSize(kDesktop);
  fs.rmSync(folder);
  await again.click();
  await owner.button(/^Download the backup of /).waitFor();
  await again.waitFor({ state: 'detached' });
  await until(async () => (await backups()).length === 1, 5_000, 'the list without the one that failed');
  owner.watch.clean();
});

const backups = async () => (await owner.api('GET', '/setup/v1/backups')).json.data;

// Presses Tab until `target` has the focus.
async function tabTo(page, target, what) {
  for (let i = 0; i < 80; i += 1) {
    await page.keyboard.press('Tab');
    if (await target.evaluate((element) => element === document.activeElement).catch(() => false)) return;
  }
  assert.fail(`the keyboard does not reach ${what}`);
}

test('the keyboard alone: log in, go to a page, open a dialog, leave it, make a key', async () => {
  const app = await WebApp.open(browser, node.url);
  const { page } = app;
  await tabTo(page, page.getByLabel(/^Name/), 'the name');
  await page.keyboard.type('Ada');
  await tabTo(page, page.getByLabel(/^Password/), 'the password');
  await page.keyboard.type(kPassword);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();

  await tabTo(page, app.navigation.getByRole('link', { name: 'Keys', exact: true }), 'the link to the keys');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
  await app.settled();
  const open = app.button('Make a key');
  await tabTo(page, open, 'the button for a key');
  await page.keyboard.press('Enter');
  const form = app.dialog('Make a key');
  await form.waitFor();
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press('Tab');
    // The browser's own chrome takes its turn in a modal dialog; the page behind it never does.
    const inside = await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null);
    assert.ok(inside, 'the focus leaves the dialog');
  }
  await page.keyboard.press('Escape');
  await form.waitFor({ state: 'detached' });
  await until(() => open.evaluate((element) => element === document.activeElement), 5_000, 'the focus, back where it was');

  await page.keyboard.press('Enter');
  await tabTo(page, form.getByLabel(/^Name/), 'the key\'s name');
  await page.keyboard.type('by keyboard');
  await page.keyboard.press('Enter');
  const shown = app.dialog('Key for by keyboard');
  await shown.waitFor();
  await tabTo(page, shown.getByLabel('I have put it somewhere safe'), 'the check box');
  await page.keyboard.press('Space');
  await tabTo(page, app.button('Done', shown), 'Done');
  await page.keyboard.press('Enter');
  await shown.waitFor({ state: 'detached' });
  await until(async () => (await app.api('GET', '/setup/v1/keys')).json.data.some(({ name }) => name === 'by keyboard'), 5_000, 'the key');
  app.watch.clean();
  await app.close();
});
