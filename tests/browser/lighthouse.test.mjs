// Lighthouse on the pages that people meet first and stay on: accessibility and best practices. Its performance score swings with the
// machine and is no test; bench.mjs measures the first load. B3IQ_LIGHTHOUSE=all looks at every page.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import lighthouse, { desktopConfig } from 'lighthouse';
import { until } from '../e2e/node.mjs';
import { launchWithProfile } from './chromium.mjs';
import { lived } from './lived_in.mjs';
import { WebApp, kPages } from './web_app.mjs';

const kLeast = 95;
const kFew = ['Overview', 'Keys'];
// The pages keep a stream of events open, so the network is never quiet; what is looked at is there after the first paints.
const kWaits = { maxWaitForLoad: 6_000, pauseAfterFcpMs: 300, pauseAfterLoadMs: 300, networkQuietThresholdMs: 300, cpuQuietThresholdMs: 300 };
let home;
let profile;
let context;
let port;
before(async () => {
  profile = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-lighthouse-'));
  home = await lived();
  context = await launchWithProfile(profile, { args: ['--remote-debugging-port=0'] });
  const file = path.join(profile, 'DevToolsActivePort');
  port = Number(await until(() => fs.existsSync(file) && fs.readFileSync(file, 'utf8').split('\n')[0], 10_000, file));
});
after(async () => {
  await context?.close();
  await home?.close();
  fs.rmSync(profile, { recursive: true, force: true });
});

async function scores(target) {
  const { lhr } = await lighthouse(`${home.node.url}${target}`, {
    port, disableStorageReset: true, onlyCategories: ['accessibility', 'best-practices'], logLevel: 'error', throttlingMethod: 'provided', ...kWaits,
  }, desktopConfig);
  assert.equal(lhr.runtimeError, undefined, lhr.runtimeError?.message);
  const failed = Object.values(lhr.audits).filter(({ score, scoreDisplayMode }) => scoreDisplayMode === 'binary' && score !== null && score < 1).map(({ id }) => id);
  return { failed, seen: lhr.finalDisplayedUrl, ...Object.fromEntries(Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(score * 100)])) };
}

function good(found, what) {
  for (const category of ['accessibility', 'best-practices']) assert.ok(found[category] >= kLeast, `${what}: ${JSON.stringify(found)}`);
}

test('Lighthouse: the way in', async () => good(await scores('/setup/'), 'login'));

test('Lighthouse: the pages', async (t) => {
  const app = await WebApp.open(undefined, home.node.url, { context });
  await app.login();
  await app.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await app.page.close();  // the session is in the profile
  for (const { path: target, title } of kPages) {
    if (process.env.B3IQ_LIGHTHOUSE !== 'all' && !kFew.includes(title)) continue;
    await t.test(title, async (one) => {
      const found = await scores(target);
      one.diagnostic(`accessibility ${found.accessibility}, best practices ${found['best-practices']}`);
      good(found, title);
    });
  }
});
