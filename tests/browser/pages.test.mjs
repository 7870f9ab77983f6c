// Every page, in both themes, on a desk and on a phone: no serious finding of axe, nothing on the console, nothing that the page's
// policy had to stop, no request to anybody but the node, nothing wider than the screen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './chromium.mjs';
import { lived } from './lived_in.mjs';
import { faultsOf, kLooks } from './looks.mjs';
import { WebApp, kDesktop, kPages, kStartPages, printedUrl } from './web_app.mjs';

let home;
let browser;
let app;
before(async () => {
  home = await lived();
  browser = await launch();
  app = await WebApp.open(browser, home.node.url);
  await app.login();
  await app.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
});
after(async () => {
  await browser?.close();
  await home?.close();
});

for (const { path, title } of [...kPages, ...kStartPages]) {
  test(`${title}: right in both themes, on a desk and on a phone`, async () => {
    await app.page.setViewportSize(kDesktop);
    await app.page.goto(`${home.node.url}${path}`);
    await app.page.getByRole('heading', { level: 1, name: title }).waitFor();
    await app.settled();
    assert.ok((await app.page.title()).includes(title) || path.includes('start'), `the window is called ${await app.page.title()}`);
    assert.deepEqual([...await faultsOf(app), ...app.watch.faults.splice(0)], []);
  });
}

// Parts of pages that are shown when they are asked for.
const kParts = [
  'settings?view=backups', 'settings?view=updates', 'settings?view=node', 'models?tab=catalogue', 'models?tab=jobs', 'models?tab=benchmarks',
  'models?tab=network', 'playground?tab=code', 'receipts?view=check', 'nothing-here',
];
const kDialogs = [
  ['keys', 'Make a key'], ['users', 'Invite a user'], ['models', 'Install a file or address'], ['runtimes', 'Add a runtime'],
  ['settings?view=backups', 'Make a backup'], ['requests', 'Keep content for a while…'],
];
const [kFirstLook, kOtherTheme] = kLooks;

test('parts of pages that are asked for: right in both themes', async () => {
  const found = [];
  for (const part of kParts) {
    await app.page.goto(`${home.node.url}/setup/${part}`);
    await app.settled();
    for (const fault of await faultsOf(app, [kFirstLook, kOtherTheme])) found.push(`${part}: ${fault}`);
  }
  assert.deepEqual([...found, ...app.watch.faults.splice(0)], []);
});

test('dialogs: right in both themes', async () => {
  const found = [];
  for (const [page, button] of kDialogs) {
    await app.page.goto(`${home.node.url}/setup/${page}`);
    await app.settled();
    await app.button(button).first().click();
    await app.page.getByRole('dialog').waitFor();
    for (const fault of await faultsOf(app, [kFirstLook, kOtherTheme])) found.push(`${button}: ${fault}`);
  }
  assert.deepEqual([...found, ...app.watch.faults.splice(0)], []);
});

test('the way in: right in both themes, on a desk and on a phone', async () => {
  const invited = await home.owner.call('POST', 'users', { name: 'Eve', role: 'viewer' });
  const targets = ['/setup/', await printedUrl(home.node), `/setup/#invite=${invited.invitation}`];  // login, recovery, invitation
  const found = [];
  for (const target of targets) {
    const entry = await WebApp.open(browser, home.node.url, { target });
    const where = await entry.heading.innerText();
    for (const fault of await faultsOf(entry)) found.push(`${where}: ${fault}`);
    found.push(...entry.watch.faults);
    await entry.close();
  }
  assert.deepEqual(found, []);
});
