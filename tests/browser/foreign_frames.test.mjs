// CASES G1-4, -6, -10: what a browser sends beside fetch and forms: frames, EventSource, WebSocket, and requests from the public
// internet into the machine, which the browser asks the person about. The node refuses whatever the person answers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Stand, fetchIn, jsonPost, setupToken } from './stand.mjs';

const kRefused = 'origin_not_allowed';
const kForeignHosts = ['evil.test', '127.0.0.1', 'localhost'];
const kTrusted = '/trusted';
let stand;
let key;
before(async () => {
  stand = await Stand.start({ config: (site) => ({ allowed_origins: [`http://localhost:${site.port}`] }) });
  key = (await stand.node.key({ name: 'app' })).secret;
});
after(() => stand?.close());

const at = (route) => `${stand.node.url}${route}`;
const html = (body) => `<!doctype html><html lang="en"><title>x</title>${body}</html>`;

// Says how an EventSource or a WebSocket in the page ended.
const eventSourceIn = (page, url) => page.evaluate((target) => new Promise((resolve) => {
  const source = new EventSource(target, { withCredentials: true });
  source.onmessage = () => resolve('message');
  source.onopen = () => resolve('open');
  source.onerror = () => { resolve(source.readyState === EventSource.CLOSED ? 'closed' : 'retrying'); source.close(); };
}), url);
const webSocketIn = (page, url) => page.evaluate((target) => new Promise((resolve) => {
  const socket = new WebSocket(target);
  socket.onopen = () => resolve('open');
  socket.onmessage = () => resolve('message');
  socket.onclose = ({ code }) => resolve(`closed ${code}`);
}), url);

for (const host of ['evil.test', '127.0.0.1']) {
  test(`G1-10 an EventSource of ${host} on another port gets no event`, async () => {
    const page = await stand.foreignPage('/', host);
    for (const route of ['/setup/v1/events', '/setup/v1/live', '/v1/models', '/health']) {
      const seen = await stand.comesToNothing(() => eventSourceIn(page, at(route)), { code: kRefused });
      assert.equal(seen, 'closed', route);
    }
    await page.close();
  });

  test(`G1-10 a WebSocket of ${host} on another port is not opened`, async () => {
    const page = await stand.foreignPage('/', host);
    for (const route of ['/setup/v1/events', '/setup/v1/live', '/v1/models', '/health']) {
      const seen = await stand.comesToNothing(() => webSocketIn(page, at(route).replace('http:', 'ws:')), { code: kRefused });
      assert.match(seen, /^closed 1006$/, route);
    }
    await page.close();
  });
}

test('G1-10 control: the page of the node\'s own is let through to the route', async () => {
  const own = await stand.ownPage();
  const before = await stand.refusals();
  await eventSourceIn(own, at('/v1/models'));
  await webSocketIn(own, at('/v1/models').replace('http:', 'ws:'));
  const now = await stand.refusals();
  assert.equal(now[kRefused], before[kRefused]);
  assert.equal(now.unauthorized, before.unauthorized + 2, 'the route itself asks for a key, which neither can send');
  await own.context().close();
});

// The text of the frame that `tag` lays into a page of `host`; undefined where the browser shows nothing of it.
async function framed(host, tag) {
  const page = await stand.foreignPage(stand.site.page('/frame', html(tag)), host);
  await page.waitForLoadState();
  const texts = await Promise.all(page.frames().slice(1).map((frame) => frame.evaluate(() => document.body?.innerText ?? '').catch(() => '')));
  await page.close();
  return texts.join('\n');
}

test('G1-6 another site frames no page of the node', async () => {
  for (const host of kForeignHosts) {
    for (const tag of [`<iframe title="a" src="${at('/setup/')}"></iframe>`, `<object data="${at('/setup/')}"></object>`, `<embed src="${at('/setup/')}">`]) {
      const text = await stand.comesToNothing(() => framed(host, tag), { code: kRefused });
      assert.doesNotMatch(text, /B3IQ/, `${host}: ${tag}`);
    }
  }
  assert.match(await framed('evil.test', '<iframe title="a" src="/inner"></iframe>'), /Another site/, 'control: what may be framed is seen');
});

test('G1-6 not even a page of the node\'s own may frame one', async () => {
  const own = await stand.ownPage();
  const before = await stand.refusals();
  const denied = own.waitForEvent('console', { predicate: (message) => /frame/i.test(message.text()) });
  await own.setContent(html(`<iframe title="own" src="${at('/setup/')}"></iframe>`));
  assert.match((await denied).text(), /frame-ancestors|X-Frame-Options/);
  assert.match(own.frames()[1].url(), /^chrome-error:|^$/);
  assert.equal((await stand.refusals())[kRefused], before[kRefused], 'it is the frame rule that stopped it');
  await own.context().close();
});

// A page that the browser takes for one of the public internet, on an origin where it is allowed to ask the person at all.
const publicPage = () => stand.site.page('/public', html('public'), { 'content-security-policy': 'treat-as-public-address' });

test('G1-4 a page of the internet is stopped by the browser, and by the node when the person lets it through', async () => {
  const token = await setupToken(stand.node);
  const page = await stand.foreignPage(publicPage(), '127.0.0.1');
  const tries = [
    ['/health', {}], ['/health', { mode: 'no-cors' }], ['/setup/v1/keys', jsonPost({ name: 'x' }, { 'x-b3iq-session': stand.pageToken })],
    ['/setup/v1/setup-session', { method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: JSON.stringify({ token }) }],
  ];
  for (const [route, init] of tries) {
    assert.equal((await stand.comesToNothing(() => fetchIn(page, at(route), init))).outcome, 'blocked', route);
  }
  await stand.context.grantPermissions(['local-network-access']);
  try {
    for (const [route, init] of tries) {
      const seen = await stand.comesToNothing(() => fetchIn(page, at(route), { ...init, targetAddressSpace: 'loopback' }), { code: kRefused });
      assert.ok(seen.outcome === 'blocked' || (seen.type === 'opaque' && seen.text === ''), `${route}: ${JSON.stringify(seen)}`);
    }
  } finally {
    await stand.context.clearPermissions();
  }
  await page.close();
});

test('G1-4 preflights that ask for the private or local network are granted to the listed origin alone', async () => {
  const preflight = (origin, network) => stand.node.request({
    method: 'OPTIONS', path: '/v1/models',
    headers: {
      origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization',
      [`access-control-request-${network}-network`]: 'true',
    },
  });
  for (const network of ['private', 'local']) {
    for (const origin of ['null', `http://evil.test:${stand.site.port}`, `http://127.0.0.1:${stand.site.port}`]) {
      const answer = await preflight(origin, network);
      assert.equal(answer.status, 403);
      assert.ok(!Object.keys(answer.headers).some((name) => name.startsWith('access-control-')), JSON.stringify(answer.headers));
    }
    const listed = await preflight(`http://localhost:${stand.site.port}`, network);
    assert.equal(listed.headers[`access-control-allow-${network}-network`], 'true');
  }
});

test('G1-4 control: a page of a listed origin reads with a key, also from the internet', async () => {
  for (const target of [kTrusted, publicPage()]) {
    await stand.context.grantPermissions(['local-network-access']);
    const page = await stand.foreignPage(target, 'localhost');
    const seen = await fetchIn(page, at('/v1/models'), { headers: { authorization: `Bearer ${key}` } });
    assert.equal(seen.status, 200, JSON.stringify(seen));
    await stand.context.clearPermissions();
    await page.close();
  }
});

test('G1-4 a page of a listed origin opens nothing of the owner\'s, though the browser sends the cookies along', async () => {
  const page = await stand.foreignPage(kTrusted, 'localhost', await stand.contextOfLocalhost());
  for (const init of [
    { credentials: 'include' }, { credentials: 'include', mode: 'no-cors' }, { credentials: 'include', headers: { 'x-b3iq-session': stand.pageToken } },
  ]) {
    const url = at('/setup/v1/status').replace('127.0.0.1', 'localhost');
    const seen = await stand.comesToNothing(() => fetchIn(page, url, init));
    assert.notEqual(seen.status, 200, JSON.stringify(seen));
    assert.doesNotMatch(seen.text ?? '', /node_id/);
  }
  await page.context().close();
});
