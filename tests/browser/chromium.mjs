// Starts Debian's Chromium for a test. Nothing is downloaded: playwright-core brings no browser.
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

// Names that stand for other sites. All of them lead to this machine, whatever the port: that is what a hostile name server does.
export const kHostileNames = ['evil.test', 'rebound.test', 'localhost.evil.test', '127.0.0.1.evil.test'];

export function chromiumPath() {
  const named = process.env.B3IQ_CHROMIUM;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const found = named ? [named] : ['chromium', 'chromium-browser'].flatMap((name) => folders.map((folder) => path.join(folder, name)));
  const file = found.find((one) => fs.existsSync(one));
  if (file) return file;
  throw new Error(named
    ? `B3IQ_CHROMIUM names ${named}, which is not there`
    : 'Chromium is not there: install Debian\'s package `chromium`, or name a Chromium in B3IQ_CHROMIUM');
}

// The sandbox stays on, except for root, for whom Chromium has none.
function options(args) {
  const rules = kHostileNames.map((name) => `MAP ${name} 127.0.0.1`).join(',');
  return {
    executablePath: chromiumPath(), chromiumSandbox: process.getuid?.() !== 0,
    args: [`--host-resolver-rules=${rules}`, '--disable-dev-shm-usage', '--disable-gpu', ...args],
  };
}

// `args`: further switches.
export function launch({ args = [] } = {}) {
  return chromium.launch(options(args));
}

// One context, whose files are in `folder`.
export function launchWithProfile(folder, { args = [], ...more } = {}) {
  return chromium.launchPersistentContext(folder, { ...options(args), ...more });
}
