// What a private job needs, all real programs: a control plane, a node that is enrolled with it and has a runtime, customers with credit.
import fs from 'node:fs';
import path from 'node:path';
import { ControlHome, controlPlaneBin, startControlPlane } from '../fleet/control_plane.mjs';
import { partWith } from '../fleet/fleet_part.mjs';
import { Party, b3iq, binDir, get, hostBin, loadCore, partyCore, post, startUpstream, waitFor, workDir } from '../parties.mjs';

const clientBin = path.join(binDir, 'b3iq');
export const privatePart = partWith(controlPlaneBin, hostBin, clientBin, path.join(binDir, 'instant_upstream'));
export const allCores = [...new Set([loadCore, partyCore])].join(',');
const kCredit = '1000000000000';  // wei
const kInventoryMs = 60_000;

export class PrivateNetwork {
  // `server`: a PostgreSQL with `database` in it; without one, SQLite. `paceMs`: of the upstream. Everybody has all cores.
  static async start(name, { server, database, paceMs = 0 } = {}) {
    const network = new PrivateNetwork();
    Object.assign(network, { name, server });
    network.home = new ControlHome(`private-${name}`, server ? { database: server.uriOf(database) } : {});
    network.plane = await startControlPlane(network.home, { core: allCores });
    network.upstream = await startUpstream(paceMs, { core: allCores });
    network.model = network.upstream.model;
    network.node = await b3iq({ upstreamPort: network.upstream.port, folder: `private-node-${name}`, core: allCores });
    network.admin = { authorization: `Bearer ${fs.readFileSync(network.home.credentialFile, 'utf8').trim()}` };
    await network.enroll();
    return network;
  }

  get url() {
    return `http://127.0.0.1:${this.plane.port}`;
  }

  async ask(target, body) {
    const answer = await post(this.plane.port, `/v1/admin/${target}`, JSON.stringify(body), this.admin);
    if (answer.status !== 200) throw new Error(`admin ${target}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text);
  }

  // What the owner allows is in the inventory that the first heartbeat brings.
  async enroll() {
    await waitFor(async () => (await get(this.node.port, '/v1/models', { authorization: `Bearer ${this.node.secret}` })).text.includes(`"${this.model}"`), 'the model');
    this.node.cli('models', 'allow', this.model, '--json');
    const file = path.join(workDir, `enroll-${this.name}`);
    fs.writeFileSync(file, (await this.ask('enrollment-tokens', {})).secret, { mode: 0o600 });
    this.node.cli('enroll', '--control-plane', this.url, '--token-file', file, '--allow', 'private_inference', '--json');
    fs.rmSync(file);
    const first = await this.customer();
    const target = `/v1/private-inference/candidates?model_id=${this.model}`;
    const [candidate] = await waitFor(async () => {
      const answer = await get(this.plane.port, target, { 'x-b3iq-customer-id': first.id, 'x-b3iq-customer-token': first.token });
      return answer.status === 200 && JSON.parse(answer.text).data;
    }, 'the node among the candidates', kInventoryMs);
    this.nodeId = candidate.node_id;
    this.binding = candidate.transport_key;
  }

  async customer() {
    const { customer_id: id } = await this.ask('customers', { name: 'bench' });
    const { secret: token } = await this.ask(`customers/${id}/tokens`, {});
    await this.ask(`customers/${id}/credits`, { amount_wei: kCredit, reference: 'bench' });
    return { id, token };
  }

  // b3iq private proxy of a customer, as a party that takes chats.
  async proxy() {
    const { id, token } = await this.customer();
    const home = path.join(workDir, `private-customer-${this.name}`);
    fs.rmSync(home, { recursive: true, force: true });
    fs.mkdirSync(home, { recursive: true, mode: 0o700 });
    const tokenFile = path.join(home, 'token');
    fs.writeFileSync(tokenFile, token, { mode: 0o600 });
    const env = { B3IQ_GATEWAY_BASE_URL: this.url, B3IQ_CUSTOMER_ID: id, B3IQ_CUSTOMER_TOKEN_FILE: tokenFile, B3IQ_CUSTOMER_HOME: path.join(home, 'kept') };
    const party = new Party('b3iq private proxy', [clientBin, 'private', 'proxy', '--listen', '127.0.0.1:0'], { env, core: allCores });
    await party.up(() => {
      const url = /listening on http:\/\/127\.0\.0\.1:([0-9]+)/.exec(party.output)?.[1];
      if (url) party.port = Number(url);
      return url !== undefined;
    });
    party.secret = fs.readFileSync(path.join(home, 'kept/proxy-token'), 'utf8').trim();
    return party;
  }

  // Every balance recomputed from the entries. Throws where it does not add up.
  checkLedger() {
    this.home.cli('admin', 'ledger', 'verify', '--json');
  }

  async stop() {
    for (const party of [this.node, this.plane, this.upstream]) await party.stop();
  }
}
