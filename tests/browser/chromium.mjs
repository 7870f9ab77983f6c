// Starts Debian's Chromium for a test. Nothing is downloaded: playwright-core brings no browser.
import { spawnSync } from 'node:child_process';
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

// The sandbox stays on where there is one: root has none, and an ordinary user needs user namespaces (a chroot and many containers
// refuse them) or Debian's chromium-sandbox. Without it the pages of these tests, which all come from here, are opened all the same.
const hasSandbox = process.getuid?.() !== 0
  && (fs.existsSync('/usr/lib/chromium/chrome-sandbox') || spawnSync('unshare', ['--user', '--map-root-user', 'true']).status === 0);

function options(args) {
  const rules = kHostileNames.map((name) => `MAP ${name} 127.0.0.1`).join(',');
  return {
    executablePath: chromiumPath(), chromiumSandbox: hasSandbox,
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
