// CASES G1-1: DNS rebinding. The page comes from a name of the attacker, which then leads to the node: for the browser the node is
// the attacker's own origin. Only the name in the Host header tells.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kHostileNames } from './chromium.mjs';
import { Stand, fetchIn, jsonPost, kOwner, setupToken } from './stand.mjs';

const kRefused = 'host_not_allowed';
let stand;
let key;
before(async () => {
  // Chromium itself stops some of this today; here the node is alone.
  stand = await Stand.start({ ready: true, browserArgs: ['--disable-features=LocalNetworkAccessChecks'] });
  key = (await stand.node.key({ name: 'app' })).secret;
});
after(() => stand?.close());

// A page of http://NAME:PORT, where PORT is the node's: as it stood there before the name was bound anew.
async function reboundPage(name) {
  const page = await stand.context.newPage();
  const url = `http://${name}:${stand.node.port}/before`;
  await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>x</title>' }));
  await page.goto(url);
  await page.unroute(url);
  return page;
}

async function acts() {
  const token = await setupToken(stand.node);
  return [
    ['/health', {}, 200], ['/setup/v1/ownership', {}, 200],
    ['/v1/models', { headers: { authorization: `Bearer ${key}` } }, 200],
    ['/setup/v1/status', { headers: { 'x-b3iq-session': stand.pageToken } }, 200],
    ['/setup/v1/setup-session', jsonPost({ token }), 200],
    ['/setup/v1/login', jsonPost(kOwner), 200],
  ];
}

for (const name of [...kHostileNames, 'evil.localhost', 'localhost.', '127.0.0.1.localhost']) {
  test(`G1-1 a page of ${name}, which leads to the node, is served nothing`, async () => {
    const page = await reboundPage(name);
    for (const [route, init] of await acts()) {
      const seen = await stand.comesToNothing(() => fetchIn(page, route, init), { code: kRefused });
      assert.equal(seen.status, 403, `${route}: ${JSON.stringify(seen)}`);
    }
    await page.close();
  });
}

test('G1-1 a rebound page opens no WebSocket and no window on the node', async () => {
  const page = await reboundPage('rebound.test');
  const closed = await stand.comesToNothing(() => page.evaluate(() => new Promise((resolve) => {
    const socket = new WebSocket(`ws://${location.host}/setup/v1/events`);
    socket.onopen = () => resolve('open');
    socket.onclose = () => resolve('closed');
  })), { code: kRefused });
  assert.equal(closed, 'closed');
  await stand.comesToNothing(() => page.goto(`http://rebound.test:${stand.node.port}/setup/`), { code: kRefused });
  assert.match(await page.content(), /host_not_allowed/);
  await page.close();
});

test('G1-1 control: a page of the node\'s own names does it all', async () => {
  const own = await stand.ownPage();
  for (const [route, init, status] of await acts()) {
    const seen = await fetchIn(own, route, init);
    assert.equal(seen.status, status, `${route}: ${JSON.stringify(seen)}`);
  }
  await own.goto(`http://localhost:${stand.node.port}/setup/`);
  assert.equal((await fetchIn(own, '/health')).status, 200);
  await own.context().close();
});
