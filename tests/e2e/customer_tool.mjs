// b3iq as a customer runs it: in a folder of its own, against a real control plane, as a customer with credit.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnOwned } from './child_processes.mjs';
import { binDir, run, until } from './node.mjs';

export const clientBin = path.join(binDir, 'b3iq');
const kStartMs = 60_000;
const kStopMs = 60_000;

export class CustomerTool {
  proxyLog = '';  // of all its proxies; `said` is the last one's
  // `control` is a LiveControl.
  static async create(control, wei = '1000000') {
    const tool = new CustomerTool();
    tool.control = control;
    tool.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-customer-'));
    tool.id = (await control.ask('POST', 'customers', { name: 'Ada' })).customer_id;
    tool.token = (await control.ask('POST', `customers/${tool.id}/tokens`, {})).secret;
    await control.ask('POST', `customers/${tool.id}/credits`, { amount_wei: wei, reference: 'first' });
    tool.write('token', tool.token);
    return tool;
  }
  get home() { return path.join(this.folder, 'home'); }
  get env() {
    return {
      B3IQ_GATEWAY_BASE_URL: this.control.url, B3IQ_CUSTOMER_ID: this.id, B3IQ_CUSTOMER_TOKEN_FILE: path.join(this.folder, 'token'),
      B3IQ_CUSTOMER_HOME: this.home,
    };
  }
  path(name) { return path.join(this.folder, name); }
  write(name, text) {
    fs.writeFileSync(this.path(name), text, { mode: 0o600 });
    return this.path(name);
  }
  // A command to its end.
  run(words, input) { return run(clientBin, words, { env: this.env, input, timeoutMs: 120_000 }); }
  async account() {
    const answer = await this.control.call('GET', '/v1/billing/account', {
      headers: { 'x-b3iq-customer-id': this.id, 'x-b3iq-customer-token': this.token },
    });
    assert.equal(answer.status, 200, answer.text);
    return { balance: BigInt(answer.json.balance_wei), reserved: BigInt(answer.json.reserved_wei) };
  }
  jobs() { return this.run(['private', 'list', '--json']).then(({ json, stderr }) => json?.data ?? assert.fail(stderr)); }

  async startProxy(...words) {
    this.proxy = spawnOwned(clientBin, ['private', 'proxy', '--listen', '127.0.0.1:0', ...words], {
      env: { ...process.env, ...this.env }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.said = '';
    for (const stream of [this.proxy.stdout, this.proxy.stderr]) {
      stream.on('data', (text) => {
        this.said += text;
        this.proxyLog += text;
      });
    }
    this.proxyEnd = once(this.proxy, 'exit').then(([code, signal]) => (this.proxyEnded = { code, signal }));
    this.proxyEnded = undefined;
    this.proxyUrl = await until(() => {
      assert.equal(this.proxyEnded, undefined, this.said);
      return /listening on (http:\S+)/.exec(this.said)?.[1];
    }, kStartMs, 'the proxy to listen');
    this.key = fs.readFileSync(path.join(this.home, 'proxy-token'), 'utf8').trim();
  }
  async stopProxy(signal = 'SIGTERM') {
    if (!this.proxy || this.proxyEnded) return this.proxyEnded;
    this.proxy.kill(signal);
    const timer = setTimeout(() => this.proxy.kill('SIGKILL'), kStopMs);
    await this.proxyEnd;
    clearTimeout(timer);
    return this.proxyEnded;
  }
  async close() {
    await this.stopProxy('SIGKILL');
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
