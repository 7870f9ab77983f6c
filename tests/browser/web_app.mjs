// The web app as a person meets it: by the names and labels that are on the screen. And what must hold on every page, whatever a
// test is about: no error on the console, nothing that the page's policy had to stop, no request to anybody but the node.
import assert from 'node:assert/strict';

export const kPassword = 'correct horse battery staple';
const kPatienceMs = 15_000;
export const kDesktop = { width: 1280, height: 800 };
export const kPhone = { width: 390, height: 844 };

// Every page: where it is, and what its heading says. `least`: who may see it.
export const kPages = [
  { path: '/setup/', title: 'Overview', least: 'viewer' }, { path: '/setup/playground', title: 'Playground', least: 'operator' },
  { path: '/setup/models', title: 'Models', least: 'viewer' }, { path: '/setup/runtimes', title: 'Runtimes', least: 'viewer' },
  { path: '/setup/requests', title: 'Requests', least: 'viewer' }, { path: '/setup/usage', title: 'Usage', least: 'viewer' },
  { path: '/setup/keys', title: 'Keys', least: 'viewer' }, { path: '/setup/users', title: 'Users', least: 'owner' },
  { path: '/setup/receipts', title: 'Receipts', least: 'viewer' }, { path: '/setup/audit', title: 'Audit', least: 'owner' },
  { path: '/setup/network', title: 'Network', least: 'viewer' },
  { path: '/setup/support', title: 'Support', least: 'owner' }, { path: '/setup/settings', title: 'Settings', least: 'owner' },
  { path: '/setup/account', title: 'Account', least: 'viewer' },
];
export const kStartPages = [
  ['hardware', 'What this machine has'], ['runtime', 'What runs the models'], ['model', 'Choose a model'], ['key', 'Make a key'],
  ['chat', 'Say something to it'],
].map(([step, title]) => ({ path: `/setup/start?step=${step}`, title, least: 'owner' }));

// Notes everything that a page must not do. `ignore`: texts of errors that the test provokes itself.
export class Watch {
  constructor(context, base) {
    this.faults = [];
    this.ignored = [];
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.#note(`console ${message.type()}: ${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.#note(`uncaught: ${error.error()?.stack ?? error.error()}`));
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== base) this.#note(`a request to ${url.origin}`);
    });
  }

  #note(fault) {
    if (!this.ignored.some((pattern) => pattern.test(fault))) this.faults.push(fault);
  }

  // A status that the test provokes: the browser writes each failed request on its console.
  expect(...patterns) {
    this.ignored.push(...patterns);
  }

  clean(where = '') {
    assert.deepEqual(this.faults, [], where);
  }
}

export class WebApp {
  // A browser of its own for one person. `options`: of Playwright's newContext.
  static async open(browser, base, { target = '/setup/', context: known, ...options } = {}) {
    const context = known ?? await browser.newContext({ viewport: kDesktop, ...options });
    context.setDefaultTimeout(kPatienceMs);
    const app = new WebApp();
    Object.assign(app, { base, context, watch: new Watch(context, base), page: await context.newPage() });
    await app.page.goto(target.startsWith('http') ? target : base + target);
    await app.settled();
    return app;
  }

  // Until the page shows what it is, and nothing of it is still loading. The pictures of charts come after the rest.
  async settled() {
    await this.heading.waitFor();
    await this.page.waitForFunction(() => !document.querySelector('[aria-busy="true"]') && !/^Loading/m.test(document.querySelector('main')?.innerText ?? '')
      && [...document.querySelectorAll('main figure')].every((one) => !/Show as table/.test(one.innerText) || one.querySelector('canvas')));
    await this.still();
  }

  // Until no colour is on its way to another one: half way it has the contrast of neither. What goes round for ever is left to.
  async still() {
    await this.page.waitForFunction(() => document.getAnimations()
      .every((one) => one.playState !== 'running' || one.effect?.getComputedTiming().endTime === Infinity));
  }

  get heading() {
    return this.page.getByRole('heading', { level: 1 });
  }

  get alert() {
    return this.page.getByRole('alert');
  }

  button(name, scope = this.page) {
    return scope.getByRole('button', { name, exact: typeof name === 'string' });
  }

  dialog(name) {
    return this.page.getByRole('dialog', { name });
  }

  // By the navigation, as a person does.
  async go(title) {
    await this.page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: title, exact: true }).click();
    await this.page.getByRole('heading', { level: 1, name: title }).waitFor();
    await this.settled();
  }

  async claim(name = 'Ada', password = kPassword) {
    await this.page.getByRole('heading', { level: 1, name: 'Claim this node' }).waitFor();
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByLabel(/^Password/).fill(password);
    await this.button('Claim node').click();
  }

  async login(name = 'Ada', password = kPassword) {
    await this.page.getByRole('heading', { level: 1, name: 'Log in' }).waitFor();
    await this.page.getByLabel(/^Name/).fill(name);
    await this.page.getByLabel(/^Password/).fill(password);
    await this.button('Log in').click();
  }

  // Recovery and invitations: the page asks for a password alone.
  async setPassword(password = kPassword) {
    await this.page.getByLabel(/^Password/).fill(password);
    await this.button('Set password and log in').click();
  }

  // The theme follows the system's.
  async theme(colorScheme) {
    await this.page.emulateMedia({ colorScheme });
    await this.page.waitForFunction((wanted) => document.documentElement.dataset.mantineColorScheme === wanted, colorScheme);
    await this.still();
  }

  get navigation() {
    return this.page.getByRole('navigation', { name: 'Pages' });
  }

  // A call as the page would make it: with the cookie and the page's half. Answers {status, json}.
  api(method, route, body) {
    return this.page.evaluate(async ([how, path, data]) => {
      const headers = { 'x-b3iq-session': localStorage.getItem('b3iq_page_token') ?? '', ...(data !== undefined && { 'content-type': 'application/json' }) };
      const answer = await fetch(path, { method: how, headers, body: data === undefined ? undefined : JSON.stringify(data) });
      const text = await answer.text();
      let json = null;
      try { json = JSON.parse(text); } catch { /* not every answer is JSON */ }
      return { status: answer.status, json, text };
    }, [method, route, body]);
  }

  // Everything that the browser keeps of the page: where a secret could be left behind. The address that was typed is not among it:
  // the browser writes that into its own history before a script runs, so a token in it must be spent (gate.test.mjs).
  async kept() {
    const inPage = await this.page.evaluate(async () => {
      const everything = { local: { ...localStorage }, session: { ...sessionStorage }, cookies: document.cookie, dom: document.documentElement.outerHTML };
      everything.values = [...document.querySelectorAll('input, textarea')].map((field) => field.value);
      everything.state = JSON.stringify(history.state);
      everything.timing = performance.getEntriesByType('resource').map(({ name }) => name);
      everything.caches = await caches.keys();
      everything.databases = {};
      for (const { name } of await indexedDB.databases()) {
        const database = await new Promise((resolve, reject) => {
          const open = indexedDB.open(name);
          open.onsuccess = () => resolve(open.result);
          open.onerror = () => reject(open.error);
        });
        for (const store of database.objectStoreNames) {
          everything.databases[`${name}.${store}`] = await new Promise((resolve) => {
            const all = database.transaction(store).objectStore(store).getAll();
            all.onsuccess = () => resolve(all.result);
          });
        }
        database.close();
      }
      return everything;
    });
    const cdp = await this.context.newCDPSession(this.page);
    const { entries } = await cdp.send('Page.getNavigationHistory');
    await cdp.detach();
    return JSON.stringify({ ...inPage, history: entries.map(({ url, title }) => ({ url, title })), url: this.page.url() });
  }

  // None of the secrets is anywhere in the browser; a failure says where, not what.
  async keepsNone(...secrets) {
    const kept = await this.kept();
    for (const secret of secrets) {
      const at = kept.indexOf(secret);
      assert.equal(at, -1, `the browser keeps a secret behind ...${kept.slice(Math.max(0, at - 120), Math.max(0, at))}`);
    }
  }

  async close() {
    await this.context.close();
  }
}

// The address that the command prints for its reader to open.
export async function printedUrl(node) {
  const { stdout, stderr, code } = await node.cli(['wizard', 'url', '--with-token']);
  assert.equal(code, 0, stderr);
  return stdout.trim().split('\n').at(-1);
}
