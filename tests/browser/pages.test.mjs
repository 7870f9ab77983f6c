// Every page, in both themes, on a desk and on a phone: no serious finding of axe, nothing on the console, nothing that the page's
// policy had to stop, no request to anybody but the node, nothing wider than the screen.
import assert from 'node:assert/strict';
import AxeBuilder from '@axe-core/playwright';
import { after, before, test } from 'node:test';
import { launch } from './chromium.mjs';
import { lived } from './lived_in.mjs';
import { WebApp, kDesktop, kPages, kPhone, kStartPages, printedUrl } from './web_app.mjs';

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

// Whole looks, and one for the theme alone: what else axe finds does not depend on it.
const kLooks = [['desk', kDesktop, 'light'], ['desk', kDesktop, 'dark', 'color-contrast'], ['phone', kPhone, 'dark']];

// What axe finds that would keep people out, as one line each.
async function findings(page, rule) {
  const axe = new AxeBuilder({ page });
  const { violations } = await (rule ? axe.withRules(rule) : axe).analyze();
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).slice(0, 3).join(' | ')}`);
}

async function tooWide(page) {
  return page.evaluate(() => {
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide <= 0) return null;
    const culprits = [...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1);
    return `${wide} px too wide: ${culprits.slice(0, 3).map((one) => one.outerHTML.slice(0, 120)).join(' | ')}`;
  });
}

for (const { path, title } of [...kPages, ...kStartPages]) {
  test(`${title}: right in both themes, on a desk and on a phone`, async () => {
    const found = [];
    await app.page.setViewportSize(kDesktop);
    await app.page.goto(`${home.node.url}${path}`);
    await app.page.getByRole('heading', { level: 1, name: title }).waitFor();
    await app.settled();
    assert.ok((await app.page.title()).includes(title) || path.includes('start'), `the window is called ${await app.page.title()}`);
    for (const [size, viewport, theme, rule] of kLooks) {
      await app.page.setViewportSize(viewport);
      await app.theme(theme);
      for (const one of await findings(app.page, rule)) found.push(`${size}, ${theme}: ${one}`);
      const wide = await tooWide(app.page);
      if (wide) found.push(`${size}: ${wide}`);
    }
    assert.deepEqual([...found, ...app.watch.faults.splice(0)], []);
  });
}

test('the way in: right in both themes, on a desk and on a phone', async () => {
  const url = await printedUrl(home.node);
  const found = [];
  const one = await WebApp.open(browser, home.node.url);  // login
  const two = await WebApp.open(browser, home.node.url, { target: url });  // recovery
  for (const [size, viewport, theme, rule] of kLooks) {
    for (const entry of [one, two]) {
      await entry.page.setViewportSize(viewport);
      await entry.theme(theme);
      const where = `${await entry.heading.innerText()}, ${size}, ${theme}`;
      for (const finding of await findings(entry.page, rule)) found.push(`${where}: ${finding}`);
      const wide = await tooWide(entry.page);
      if (wide) found.push(`${where}: ${wide}`);
    }
  }
  assert.deepEqual([...found, ...one.watch.faults, ...two.watch.faults], []);
  await one.close();
  await two.close();
});
