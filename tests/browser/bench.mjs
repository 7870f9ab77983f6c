// What the pages cost, measured and printed; no test. `node tests/browser/bench.mjs [seconds]`: the first load on the wire and until it
// is usable (median of several cold loads), then the processor time that the node spends on one dashboard that is looked at and not
// touched (60 seconds, or as many as given).
import { Node } from '../e2e/node.mjs';
import { cpuSeconds, descendants } from '../e2e/processes.mjs';
import { launch } from './chromium.mjs';
import { HostileSite } from './hostile_site.mjs';
import { WebApp, printedUrl } from './web_app.mjs';

const kLoads = 7;
const kBudget = { scriptKiB: 150, usableMs: 1_000, idleShare: 0.01 };
const idleSeconds = Number(process.argv[2] ?? 60);
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const row = (what, value, budget) => console.log(`${what.padEnd(58)} ${value.padStart(12)}   budget ${budget}`);

// Notes, in the page, when its heading and something to act on are both there.
function watchUsable() {
  const look = () => {
    const control = [...document.querySelectorAll('a[href], button, input, summary')].some((one) => !one.disabled && one.checkVisibility());
    if (!self.usableAt && document.querySelector('h1')?.checkVisibility() && control) self.usableAt = performance.now();
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
}

async function coldLoad(browser, url, storageState) {
  const context = await browser.newContext({ storageState });
  await context.addInitScript(watchUsable);
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  const kinds = new Map();
  const bytes = { script: 0, all: 0, requests: 0 };
  cdp.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type));
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    bytes.all += encodedDataLength;
    bytes.requests += 1;
    if (kinds.get(requestId) === 'Script') bytes.script += encodedDataLength;
  });
  await page.goto(url);
  await page.waitForFunction(() => self.usableAt);
  const usable = await page.evaluate(() => self.usableAt);
  // What the page fetches by itself afterwards belongs to the first load too.
  await page.waitForLoadState('load');
  await page.evaluate(() => new Promise((resolve) => { requestIdleCallback(resolve, { timeout: 2_000 }); }));
  await context.close();
  return { usable, ...bytes };
}

async function loads(what, browser, url, state) {
  const runs = [];
  for (let i = 0; i < kLoads; i += 1) runs.push(await coldLoad(browser, url, state));
  const of = (name) => median(runs.map((run) => run[name]));
  row(`${what}: JavaScript on the wire`, `${(of('script') / 1024).toFixed(1)} KiB`, `${kBudget.scriptKiB} KiB`);
  row(`${what}: all on the wire, ${of('requests')} requests`, `${(of('all') / 1024).toFixed(1)} KiB`, '-');
  row(`${what}: usable after (cold, median of ${kLoads})`, `${of('usable').toFixed(0)} ms`, `${kBudget.usableMs} ms`);
  return { script_kib: of('script') / 1024, all_kib: of('all') / 1024, usable_ms: of('usable') };
}

// What the browser alone takes for a page of a heading and a button: the machine's own part of the figures above.
async function floor(browser) {
  const site = await HostileSite.start();
  const target = site.page('/', '<!doctype html><html lang="en"><title>x</title><h1>x</h1><button>x</button></html>');
  const runs = [];
  for (let i = 0; i < kLoads; i += 1) runs.push((await coldLoad(browser, site.url(target))).usable);
  await site.close();
  row(`an empty page: usable after (median of ${kLoads})`, `${median(runs).toFixed(0)} ms`, '-');
  return median(runs);
}

const family = (node) => [{ pid: node.pid }, ...descendants(node.pid)];
const spent = (node) => family(node).reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);

async function idle(node, context, page) {
  const share = async (what) => {
    const [before, agent, start] = [spent(node), cpuSeconds(node.pid), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1_000));
    const seconds = (performance.now() - start) / 1_000;
    const shares = { agent: (cpuSeconds(node.pid) - agent) / seconds, all: (spent(node) - before) / seconds };
    row(`${what}, ${idleSeconds} s: the agent's share of a core`, `${(shares.agent * 100).toFixed(2)} %`, `${kBudget.idleShare * 100} %`);
    row(`${what}, ${idleSeconds} s: with its workers`, `${(shares.all * 100).toFixed(2)} %`, '-');
    return shares;
  };
  const open = await share('dashboard open');
  await page.close();
  await context.close();
  return { open, closed: await share('no page open') };
}

const node = await Node.start();
const browser = await launch();
try {
  await node.ready();
  const app = await WebApp.open(browser, node.url, { target: await printedUrl(node) });
  await app.claim();
  await app.page.getByRole('heading', { level: 1, name: 'What this machine has' }).waitFor();
  const results = { login: await loads('login', browser, `${node.url}/setup/`) };
  await app.page.goto(`${node.url}/setup/`);
  await app.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await app.settled();
  results.overview = await loads('overview, logged in', browser, `${node.url}/setup/`, await app.context.storageState());
  results.floor_ms = await floor(browser);
  results.idle = await idle(node, app.context, app.page);
  console.log(JSON.stringify(results));
} finally {
  await browser.close();
  await node.close();
}
