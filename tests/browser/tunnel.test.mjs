// The printed address at the near end of a tunnel, whose port is another one than the node's: as `ssh -L 9000:127.0.0.1:8831` gives it.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Node, defaultModel } from '../e2e/node.mjs';
import { launch } from './chromium.mjs';
import { WebApp, printedUrl } from './web_app.mjs';

let node;
let tunnel;
let browser;
before(async () => {
  node = await Node.start();
  const far = Number(new URL(node.url).port);
  tunnel = net.createServer((near) => {
    const socket = net.connect(far, '127.0.0.1');
    for (const [one, other] of [[near, socket], [socket, near]]) one.pipe(other).on('error', () => one.destroy());
  });
  await new Promise((resolve) => tunnel.listen(0, '127.0.0.1', resolve));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  tunnel?.close();
  await node?.close();
});

test('the printed address works at the near end of a tunnel: claim, a chat, an event stream', async () => {
  const near = `http://127.0.0.1:${tunnel.address().port}`;
  assert.notEqual(near, node.url);
  const printed = new URL(await printedUrl(node));
  const app = await WebApp.open(browser, near, { target: `${near}${printed.pathname}${printed.hash}` });
  await app.page.getByRole('heading', { level: 1, name: 'Claim this node' }).waitFor();
  await app.claim();
  await app.heading.filter({ hasNotText: 'Claim this node' }).waitFor();
  await app.page.goto(`${near}/setup/playground`);
  await app.settled();
  await app.page.getByLabel('Message').fill('What is the capital of France?');
  await app.button('Send').click();
  await app.page.getByRole('article', { name: `Answer of ${defaultModel}` }).getByText('Paris').waitFor();
  assert.equal((await app.api('GET', '/setup/v1/status')).status, 200);
  app.watch.clean();
  await app.close();
});
