// The whole first run, as a person goes through it: from the address that the command prints to a streamed answer of the real
// embedded model, and a key made on the way that the `openai` package uses.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { Node, defaultModel } from '../e2e/node.mjs';
import { launch } from './chromium.mjs';
import { kPhone, WebApp, kPassword, printedUrl } from './web_app.mjs';

let node;
let browser;
let secret;
before(async () => {
  node = await Node.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await node?.close();
});

const step = (app, title) => app.page.getByRole('heading', { level: 1, name: title }).waitFor();

test('first run: from the printed address to a streamed answer', async () => {
  const printed = await printedUrl(node);
  const app = await WebApp.open(browser, node.url, { target: printed });
  await app.claim();

  await step(app, 'What this machine has');
  await app.settled();
  assert.match(await app.page.getByRole('main').innerText(), /GiB|GB/, 'the machine\'s memory is told');
  await app.button('Continue').click();

  await step(app, 'What runs the models');
  await app.settled();
  await app.button('Continue').click();

  await step(app, 'Choose a model');
  await app.settled();
  await app.page.getByRole('radio', { name: new RegExp(defaultModel) }).check();
  await app.page.reload();
  await step(app, 'Choose a model');
  await app.settled();
  assert.ok(await app.page.getByRole('radio', { name: new RegExp(defaultModel) }).isChecked(), 'a reload comes back to the step and the choice');
  await app.button('Continue').click();

  await step(app, 'Make a key');
  await app.page.getByLabel(/^Name/).fill('first program');
  await app.button('Make key').click();
  const shown = app.page.getByTestId('secret');
  secret = (await shown.innerText()).trim();
  assert.match(secret, /^b3iq_local_[0-9A-Za-z]{49}$/);
  assert.ok(await app.button('Continue').isDisabled(), 'one must say that it is kept');
  await app.page.getByLabel('I have put it somewhere safe').check();
  await app.button('Continue').click();

  await step(app, 'Say something to it');
  await app.keepsNone(secret);
  await app.page.getByLabel('Your question').fill('Say hello.');
  const answer = app.page.getByRole('log', { name: 'Answer' });
  // What the page reads, not what it shows: a small model says all of it within one frame of the browser.
  await app.page.evaluate(() => {
    self.seen = '';
    const read = ReadableStreamDefaultReader.prototype.read;
    ReadableStreamDefaultReader.prototype.read = async function (...words) {
      const result = await read.apply(this, words);
      if (result.value) self.seen += typeof result.value === 'string' ? result.value : new TextDecoder().decode(result.value);
      return result;
    };
  });
  await app.button(`Ask ${defaultModel}`).click();
  const end = app.page.getByRole('status').filter({ hasText: /[1-9]\d* tokens/ });
  await end.waitFor();
  const tokens = Number(/([1-9]\d*) tokens(?!\/)/.exec(await end.innerText())[1]);
  const pieces = (await app.page.evaluate(() => self.seen))
    .split('\n')
    .filter((line) => /"content":"[^"]/.test(line))
    .map((line) => JSON.parse(line.slice('data: '.length)).choices[0].delta.content);
  // The model is free to say "Hello." alone: what it said is what is shown, and came as it was made.
  const words = (text) => text.split(/\s+/).filter(Boolean);
  assert.ok(words(pieces.join('')).length > 0, 'the model said something');
  assert.deepEqual(words(await answer.innerText()), words(pieces.join('')));
  assert.ok(tokens < 4 || pieces.length > 1, `${tokens} tokens came in ${pieces.length} pieces`);

  await app.button('Go to the overview').click();
  await step(app, 'Overview');
  await app.keepsNone(secret, kPassword, new URL(printed).hash.slice('#token='.length));
  app.watch.clean();
  await app.close();
});

test('the key of the first run works in the openai package, plain and streamed', async () => {
  const client = new OpenAI({ apiKey: secret, baseURL: `${node.url}/v1`, maxRetries: 0 });
  const messages = [{ role: 'user', content: 'Say hello.' }];
  const whole = await client.chat.completions.create({ model: defaultModel, messages, max_tokens: 8 });
  assert.ok(whole.choices[0].message.content.length > 0);
  let pieces = 0;
  for await (const chunk of await client.chat.completions.create({ model: defaultModel, messages, max_tokens: 8, stream: true })) {
    if (chunk.choices[0]?.delta?.content) pieces += 1;
  }
  assert.ok(pieces > 1);
});

test('a first run that was left goes on where it stopped; it works on a phone', async () => {
  const app = await WebApp.open(browser, node.url, { target: '/setup/', viewport: kPhone });
  await app.login();
  await step(app, 'Overview');
  await app.page.goto(`${node.url}/setup/start?step=hardware`);
  for (const title of ['What this machine has', 'What runs the models', 'Choose a model', 'Make a key', 'Say something to it']) {
    await step(app, title);
    await app.settled();
    const wide = await app.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${title} is ${wide} px too wide for a phone`);
    await app.button(title === 'Say something to it' ? 'Go to the overview' : 'Continue').click();
  }
  await step(app, 'Overview');
  app.watch.clean();
  await app.close();
});
