// Pictures of every page for people to look at: `node tests/browser/screenshots.mjs FOLDER [part of a name]`. Desktop (1280x800) and
// phone (390x844), light and dark, of a node that has been in use for a month. --full: the whole page, not only what the window shows.
import fs from 'node:fs';
import path from 'node:path';
import { launch } from './chromium.mjs';
import { lived } from './lived_in.mjs';
import { WebApp, kDesktop, kPages, kPhone, kStartPages, printedUrl } from './web_app.mjs';

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const [folder, only = ''] = words;
if (!folder) {
  console.error('usage: screenshots.mjs FOLDER [part of a name] [--full]');
  process.exit(2);
}
const fullPage = process.argv.includes('--full');
const kTabs = ['catalogue', 'jobs', 'benchmarks', 'network'];
const kViews = [
  ...kPages.map(({ path: target }) => ({ name: target.slice('/setup/'.length) || 'overview', target })),
  ...kTabs.map((tab) => ({ name: `models-${tab}`, target: `/setup/models?tab=${tab}` })),
  ...kStartPages.map(({ path: target }) => ({ name: `start-${target.split('=')[1]}`, target })),
  { name: 'not-found', target: '/setup/nothing-here' },
];

async function shoot(app, name, theme, size) {
  await app.settled();
  await app.page.evaluate(() => document.fonts.ready);
  const file = path.join(folder, `${name}-${size}-${theme}.png`);
  await app.page.screenshot({ path: file, fullPage, animations: 'disabled' });
  console.log(file);
}

// What is seen by somebody who is not logged in.
async function waysIn(browser, node, theme, size, options) {
  const views = [['login', '/setup/'], ['recovery', await printedUrl(node)]];
  for (const [name, target] of views) {
    if (!name.includes(only)) continue;
    const app = await WebApp.open(browser, node.url, { target, ...options });
    await shoot(app, name, theme, size);
    await app.close();
  }
}

// A dialog or two, as they open.
async function dialogs(app, theme, size) {
  const open = [['keys', 'Make a key', 'dialog-key'], ['users', 'Invite a user', 'dialog-invite'], ['models', 'Install a file or address', 'dialog-install']];
  for (const [page, button, name] of open) {
    if (!name.includes(only)) continue;
    await app.page.goto(`${app.base}/setup/${page}`);
    await app.settled();
    await app.button(button).click();
    await app.page.getByRole('dialog').waitFor();
    await shoot(app, name, theme, size);
  }
}

fs.mkdirSync(folder, { recursive: true });
const home = await lived();
const browser = await launch({ args: ['--hide-scrollbars'] });
try {
  for (const colorScheme of ['light', 'dark']) {
    for (const [size, viewport] of [['desktop', kDesktop], ['phone', kPhone]]) {
      const options = { viewport, colorScheme, isMobile: size === 'phone', deviceScaleFactor: size === 'phone' ? 2 : 1 };
      await waysIn(browser, home.node, colorScheme, size, options);
      const app = await WebApp.open(browser, home.node.url, options);
      await app.login();
      await app.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
      for (const { name, target } of kViews.filter((view) => view.name.includes(only))) {
        await app.page.goto(home.node.url + target);
        await shoot(app, name, colorScheme, size);
      }
      await dialogs(app, colorScheme, size);
      if (app.watch.faults.length > 0) console.error([...new Set(app.watch.faults)].join('\n'));
      await app.close();
    }
  }
} finally {
  await browser.close();
  await home.close();
}
