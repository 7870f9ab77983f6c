// A model is installed from an address in the pages: progress is seen, it can be stopped and goes on where it was, also over a
// restart of the node, and the model answers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Node, until } from '../e2e/node.mjs';
import { launch } from './chromium.mjs';
import { ModelSource } from './model_source.mjs';
import { WebApp, printedUrl } from './web_app.mjs';

const kHold = 2_000_000;
const kName = 'atlas-copy';
let source;
let node;
let browser;
let app;
before(async () => {
  source = await ModelSource.start({ hold: kHold });
  node = await Node.start();
  browser = await launch();
  app = await WebApp.open(browser, node.url, { target: await printedUrl(node) });
  await app.claim();
  await app.page.getByRole('heading', { level: 1, name: 'What this machine has' }).waitFor();
  await app.page.getByRole('link', { name: 'Leave setup' }).click();
});
after(async () => {
  await browser?.close();
  await node?.close();
  await source?.close();
});

const progress = () => app.page.getByRole('progressbar', { name: `Install ${kName}` }).first();
const act = (name) => app.page.getByRole('button', { name: `${name}: Install ${kName}` }).first();

test('an install from an address shows how far it is', async () => {
  await app.go('Models');
  await app.button('Install a file or address').click();
  const form = app.dialog('Install a model');
  await form.getByLabel('Address of a GGUF file').fill(source.url);
  await form.getByLabel(/^Name, if not/).fill(kName);
  await form.getByLabel(/^SHA-256/).fill(source.sha256);
  await app.button('Install', form).click();
  await form.waitFor({ state: 'detached' });
  await progress().waitFor();
  await app.page.waitForFunction(([name, least]) => {
    const bar = document.querySelector(`progress[aria-label="Install ${name}"]`);
    return bar && bar.position > least && bar.position < 1;
  }, [kName, 0.1]);
  app.watch.clean();
});

test('it is stopped, and goes on where it was', async () => {
  await act('Stop').click();
  await act('Go on').waitFor();
  source.hold = undefined;
  const before = source.ranges.length;
  await act('Go on').click();
  await act('Go on').waitFor({ state: 'detached' });
  await app.page.getByRole('link', { name: 'Try it' }).waitFor();
  const resumed = source.ranges.slice(before).find(Boolean);
  assert.match(resumed ?? '', /^bytes=[1-9]\d*-$/, 'what had come was not fetched again');
  app.watch.clean();
});

test('the installed model answers in the playground', async () => {
  await app.page.getByRole('link', { name: 'Try it' }).click();
  await app.page.getByRole('heading', { level: 1, name: 'Playground' }).waitFor();
  await app.settled();
  await app.page.waitForFunction((name) => [...document.querySelectorAll('select')].some((one) => one.value === name), kName);
  await app.page.getByLabel('Message').fill('Say hello.');
  await app.button('Send').click();
  await app.page.getByRole('article', { name: `Answer of ${kName}` }).getByRole('link', { name: 'Receipt' }).waitFor();
  app.watch.clean();
});

test('an install survives a restart of the node, and the page finds it again', async () => {
  source.hold = kHold;
  const made = await app.api('POST', '/setup/v1/model-jobs', { kind: 'install', url: source.url, name: 'atlas-third', sha256: source.sha256 });
  assert.ok(made.status < 300, made.text);
  await until(async () => (await app.api('GET', `/setup/v1/model-jobs/${made.json.id}`)).json.done_bytes > 0, 20_000, 'some bytes');
  app.watch.expect(/ERR_CONNECTION|ERR_EMPTY|ERR_INCOMPLETE|network error|Failed to load/i);
  const { port } = node;
  await node.stop();
  source.hold = undefined;
  node.options.listen = `127.0.0.1:${port}`;
  await node.serve();
  await app.page.goto(`${node.url}/setup/models`);
  await app.settled();
  await until(async () => (await app.api('GET', `/setup/v1/model-jobs/${made.json.id}`)).json.state === 'done', 30_000, 'the end of the install');
  await app.page.reload();
  await app.page.getByRole('main').getByText('atlas-third').first().waitFor();
});
