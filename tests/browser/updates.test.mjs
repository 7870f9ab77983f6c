// The part of the settings that asks for a newer version: a real release server on loopback, which is asked when somebody asks and
// never else.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Node } from '../e2e/node.mjs';
import { manifest, releaseKey, signedBy } from '../e2e/release_manifest.mjs';
import { launch } from './chromium.mjs';
import { faultsOf, kLooks } from './looks.mjs';
import { WebApp, kDesktop, printedUrl } from './web_app.mjs';

const kNewer = '7.1.0';
const key = releaseKey();
let server;
let answer;
let asked = 0;
let node;
let browser;
let owner;
before(async () => {
  server = http.createServer((request, response) => {
    asked += 1;
    response.end(answer);
  });
  await listen(0);
  const manifestUrl = `http://127.0.0.1:${server.address().port}/b3iq-host.json`;
  node = await Node.start({ config: { updates: { manifest_url: manifestUrl, release_key: key.name } } });
  browser = await launch();
  owner = await WebApp.open(browser, node.url, { target: await printedUrl(node) });
  await owner.claim();
  await owner.heading.filter({ hasNotText: 'Claim this node' }).waitFor();
  await show();
});
after(async () => {
  await browser?.close();
  await node?.close();
  server?.closeAllConnections();
  server?.close();
});

async function listen(port) {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

const give = (version) => { answer = signedBy(key, manifest({ version })); };

async function show() {
  await owner.page.goto(`${node.url}/setup/settings?view=updates`);
  await owner.settled();
}

// Presses the button; answers what the part says once the node's own answer has come.
async function ask() {
  const told = owner.page.waitForResponse((response) => response.request().method() === 'POST' && response.url().endsWith('/setup/v1/update-check'));
  await owner.button('Ask now').click();
  assert.equal((await told).status(), 200);
  return part();
}

const part = () => owner.page.getByRole('region', { name: 'Updates' });

const looksRight = async () => {
  assert.deepEqual(await faultsOf(owner, kLooks), []);
  await owner.page.setViewportSize(kDesktop);
};

test('a page that is opened asks nobody', async () => {
  await part().getByText('not asked yet').waitFor();
  assert.equal(asked, 0);
});

test('the version that runs is the newest: said so', async () => {
  const { json: { current } } = await owner.api('GET', '/setup/v1/update-check');
  give(current);
  await (await ask()).getByText('This is the newest version.').waitFor();
  assert.equal(asked, 1);
  owner.watch.clean();
});

test('a newer version is shown with what to do next, and nothing but the manifest was fetched', async () => {
  give(kNewer);
  const updates = await ask();
  await updates.getByText(`Version ${kNewer} is newer.`).waitFor();
  await updates.getByText('Make a backup, then install it the way this one was installed.').waitFor();
  const notes = updates.getByRole('link', { name: 'What is new' });
  assert.equal(await notes.getAttribute('href'), 'https://releases.example/7.1.0');
  assert.match(await notes.getAttribute('rel'), /noreferrer/);
  assert.equal(asked, 2, 'one request each time somebody asks');
  await looksRight();
  await owner.page.reload();
  await owner.settled();
  await part().getByText(`Version ${kNewer} is newer.`).waitFor();
  assert.equal(asked, 2, 'a page that is loaded anew asks nobody');
  owner.watch.clean();
});

test('a server that does not answer is said plainly, with what was known before; the next question is a new one', async () => {
  const { port } = server.address();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  const updates = await ask();
  await updates.getByText('The last check gave nothing').waitFor();
  await updates.getByText('download_failed').waitFor();
  const said = await updates.innerText();
  assert.match(said, /127\.0\.0\.1/, 'who did not answer');
  assert.match(said, new RegExp(`Newest version\\s+${kNewer.replaceAll('.', '\\.')}`), 'what was known before stays');
  await looksRight();
  await listen(port);
  await (await ask()).getByText(`Version ${kNewer} is newer.`).waitFor();
  assert.equal(await updates.getByText('The last check gave nothing').count(), 0);
  owner.watch.clean();
});

test('a manifest that somebody else signed is not believed, and the page says why', async () => {
  answer = signedBy(releaseKey(), manifest({ version: '9.9.9' }));
  const updates = await ask();
  await updates.getByText('invalid_signature').waitFor();
  assert.doesNotMatch(await updates.innerText(), /9\.9\.9/);
  owner.watch.clean();
});
