// Every operation of the control plane's four OpenAPI files (managed, admin, public, customer), asked of the real program with two enrolled nodes
// on paper: requests, answers and refusals are as the files say, with no member that they do not name. Nothing of the files is left out:
// what was not seen is listed here, with why.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ApiWitness } from './api_witness.mjs';
import { LiveControl, noLimits } from './live_control.mjs';
import { PaperNode, sha256, someReadiness } from './paper_node.mjs';
import { answerOf, envelopeFor } from './private_customer.mjs';
import { receiptHash } from './verify_receipt.mjs';

const witness = new ApiWitness(['managed', 'admin', 'public', 'customer']);
const files = Object.fromEntries(witness.files.map((file) => [file.name, file]));
// What these send and get is watched.
class WatchedControl extends LiveControl {
  async exchange(sent) {
    return witness.see(sent, await super.exchange(sent));
  }
}
class WatchedNode extends PaperNode {
  async exchange(sent, url) {
    return witness.see(sent, await super.exchange(sent, url));
  }
  // As a node that can prove its machine would.
  sign(document) {
    const more = document.type === 'b3iq-transport-key-v1' ? { attestation_report_hash: sha256('a report').toString('base64url') } : {};
    return super.sign({ ...document, ...more });
  }
}

// What the files name and the rows below do not bring about, each with why. An entry that is no longer true fails as well.
const kUnseenStatuses = {
  'GET /health/live default': 'whoever asks is answered',
  'GET /health/ready default': 'whoever asks is answered',
  'GET /health/ready 503': 'a file that is a database is there as long as the process; with PostgreSQL: replicas.test.mjs',
  'POST /v1/admin/customers/{customer}/refunds 202': 'no job is settled here',
};
const kUntold = {
  'managed Readiness.reasons': 'only with the status 503',
  'public ModelProfile.observed_benchmark': 'no control plane observes benchmarks yet',
  'admin CustomerToken.last_used_at': 'written about once a minute',
  'admin PrivateJob.purged_at': 'envelopes are kept for an hour at least',
  'admin POST /v1/admin/private-jobs/recovery.data': 'nothing stands still for an hour here',
};
// Objects that hold what a node or an operator wrote, of forms that are described elsewhere.
const kOpenObjects = /\.(arguments|binding|inventory|readiness|result)\b/;

const kKinds = {
  benchmark_smoke: { model_id: 'paper-1b' },
  route_health_check: undefined,
  runtime_probe: {},
  model_install: { catalogue_id: 'tiny' },
  model_remove: { model_id: 'paper-1b' },
  support_bundle: {},
  rotate_transport_key: { grace_seconds: 60 },
  refresh_inventory: {},
  agent_update_check: {},
};
const kCommandsHeld = 16;
const kNoCommand = `cmd_${'0'.repeat(26)}`;
const kNoJob = `job_${'0'.repeat(26)}`;
const kNoApproval = `apr_${'0'.repeat(26)}`;
const kActsOfTwo = ['node.remove', 'node.suspend', 'credential.create', 'credential.revoke', 'token.create', 'command.queue', 'customer.credit'];
const kNobody = `cus_${'0'.repeat(26)}`;
const kPolicy = { allowed_models: ['paper-1b'], allowed_tiers: ['portable_local'], max_price_wei: '500', spend_cap_wei: '9000', spend_window_hours: 48 };
const kPrices = {
  classes: [{ name: 'all', models: ['*'], prompt_wei_per_1k_tokens: '10', completion_wei_per_1k_tokens: '30', minimum_wei: '1', private_job_wei: '90' }],
  fee_basis_points: 400,
};

let control;
let limited;
let strict;  // asks for a second person
let node;
let other;
// What rows leave to later ones.
const s = {};
const admin = (method, target, value, key) => control.asAdmin(method, target, value, key);
const asAlice = (method, target, value) => strict.asAdmin(method, target, value, s.alice.json.secret);
const asBob = (method, target, value) => strict.asAdmin(method, target, value, s.bob.json.secret);
const unchanged = (target, etag) => control.call('GET', `/v1/public/${target}`, { headers: { 'if-none-match': etag } });
const aReceipt = () => node.receipt({ policy_version: 'v1', tee_attestation_hash: sha256('a report').toString('base64url') });
const receiptPath = (rest) => `/v1/receipts/${receiptHash(s.receipt)}${rest}`;
const heldOf = (command, phase = 'running') => ({ command_id: command.command_id, lease_token: command.lease_token, phase, done: 1, total: 4 });
const newer = (from, change) => Object.assign(Object.create(Object.getPrototypeOf(from)), from, change);

const guarded = (name) => Object.entries(files[name].api.paths).flatMap(([route, path]) => Object.entries(path)
  .filter(([, operation]) => operation['x-b3iq-auth']).map(([method, operation]) => ({ method: method.toUpperCase(), route, level: operation['x-b3iq-auth'] })));
const filled = (route) => route.replace(/\{(node|node_id)\}/, node.id).replace(/\{(command|command_id)\}/, kNoCommand)
  .replace('{token}', `etk_${'0'.repeat(26)}`).replace('{credential}', `adm_${'0'.repeat(26)}`)
  .replace(/\{(job|job_id)\}/, kNoJob).replace('{approval}', kNoApproval).replace('{customer}', kNobody);
const billing = (target) => control.call('GET', `/v1/billing/${target}`,
  { headers: { 'x-b3iq-customer-id': s.ada.json.customer_id, 'x-b3iq-customer-token': s.card.json.secret } });
const asAda = (method, target, body, headers = {}) => control.call(method, `/v1/private-inference/${target}`,
  { body, headers: { 'x-b3iq-customer-id': s.ada.json.customer_id, 'x-b3iq-customer-token': s.card.json.secret, ...headers } });
const jobBody = (jobId, more = {}) => ({
  job_id: jobId, node_id: node.id, model_id: 'paper-1b', max_price_wei: '100', privacy_class: 'private_transport', ...more,
  encrypted_request: { ...envelopeFor(node), aad_hash: sha256(`b3iq-private-inference:${jobId}`).toString('base64url') },
});
const bodyOf = (method) => (['POST', 'PUT'].includes(method) ? {} : undefined);
// The answer to `ask` once it is asked too often.
async function tooMany(ask) {
  for (let i = 0; i < 20; i += 1) {
    const answer = await ask();
    if (answer.status === 429) return answer;
  }
  return assert.fail('nobody stopped it');
}

// What is asked, how, and what comes: a status, and the code of a refusal.
const rows = [
  ['the process runs', () => control.call('GET', '/health/live'), 200],
  ['it is ready', () => control.call('GET', '/health/ready'), 200],
  ['who asks', () => admin('GET', 'self'), 200],

  ['a token', async () => (s.token = await admin('POST', 'enrollment-tokens', { note: 'rack 3', tags: ['eu', 'gpu'], expires: '1h' })), 200],
  ['a token of defaults', async () => (s.second = await admin('POST', 'enrollment-tokens', {})), 200],
  ['a token that will be revoked', async () => (s.third = await admin('POST', 'enrollment-tokens', { expires: '90d' })), 200],
  ['a token is revoked', () => admin('DELETE', `enrollment-tokens/${s.third.json.token.id}`), 200],
  ['no such token', () => admin('DELETE', `enrollment-tokens/etk_${'0'.repeat(26)}`), 404, 'not_found'],

  ['a challenge for a revoked token', () => node.challenge(s.third.json.secret), 401, 'enrollment_token_invalid'],
  ['a challenge of a stranger', () => node.challenge(), 403, 'not_enrolled'],
  ['a challenge', async () => (s.challenge = await node.challenge(s.token.json.secret)), 200],
  ['a statement by another key', () => other.answer(s.challenge.json), 401, 'invalid_signature'],
  ['the statement', async () => node.answer(s.challenge.json, s.statement = node.statement(s.challenge.json)), 200],
  ['the statement again', () => node.answer(s.challenge.json, s.statement), 200],
  ['another statement', () => node.answer(s.challenge.json), 409, 'enrollment_challenge_expired'],
  ['a challenge of an enrolled node', async () => (s.challenge = await node.challenge()), 200],
  ['it enrolls again', () => node.answer(s.challenge.json), 200],
  ['a challenge of a second node', async () => (s.challenge = await other.challenge(s.second.json.secret)), 200],
  ['the second node enrolls', () => other.answer(s.challenge.json), 200],
  ['tokens, a page', async () => (s.page = await admin('GET', 'enrollment-tokens?limit=2')), 200],
  ['tokens, the next page', () => admin('GET', `enrollment-tokens?limit=2&before=${s.page.json.next_before}`), 200],
  ['a page that is too long', () => admin('GET', 'enrollment-tokens?limit=501'), 400, 'invalid_request'],

  ['a heartbeat', async () => (s.beat = await node.heartbeat()), 200],
  ['the same heartbeat', () => node.exchange(s.beat.sent), 409, 'request_replayed'],
  ['a heartbeat of tomorrow', () => node.heartbeat({ created: Math.floor(Date.now() / 1000) + 86_400 }), 401, 'clock_skew'],
  ['a heartbeat for another control plane', () => node.heartbeat({ audience: node.controlPlaneId.replace(/.{6}$/, 'aaaaaa') }), 401, 'wrong_audience'],
  ['a heartbeat that is none', () => node.send('POST', node.path('heartbeats'), {}, 'b3iq-heartbeat-v1'), 400, 'invalid_request'],
  ['a heartbeat of another node', () => other.heartbeat({ path: node.path('heartbeats') }), 403, 'not_enrolled'],
  ['a heartbeat of an older start', async () => { other.bootEpoch += 1; await other.heartbeat(); return newer(other, { bootEpoch: other.bootEpoch - 1, sequence: other.sequence + 1 }).heartbeat(); }, 409, 'identity_superseded'],
  ['the newer start is told', () => { other.sequence += 2; return other.heartbeat(); }, 200],

  ['the inventory', () => node.send('PUT', node.path('inventory'), { boot_epoch: node.bootEpoch, inventory: node.inventory }, 'b3iq-inventory-v1'), 200],
  ['the readiness', () => node.send('PUT', node.path('inventory'), { boot_epoch: node.bootEpoch, readiness: node.readiness }, 'b3iq-inventory-v1'), 200],
  ['both of the second node', () => other.putInventory(), 200],
  ['neither', () => node.send('PUT', node.path('inventory'), { boot_epoch: node.bootEpoch }, 'b3iq-inventory-v1'), 400, 'invalid_request'],
  ['nothing more is wanted', () => node.heartbeat(), 200],

  ...Object.entries(kKinds).map(([kind, args]) => [`${kind} is queued`,
    async () => (s[kind] = await admin('POST', 'commands', { node_id: node.id, kind, ...(args && { arguments: args }), expires: '2h', max_attempts: 3 })), 200]),
  ['a command of no kind', () => admin('POST', 'commands', { node_id: node.id, kind: 'shell' }), 400, 'invalid_request'],
  ['a command for nobody', () => admin('POST', 'commands', { node_id: new PaperNode('').id, kind: 'runtime_probe' }), 404, 'not_found'],
  ['commands, a page', async () => (s.page = await admin('GET', `commands?limit=2&state=queued&node_id=${node.id}`)), 200],
  ['commands, the next page', () => admin('GET', `commands?limit=2&before=${s.page.json.next_before}`), 200],
  ['a queued command', () => admin('GET', `commands/${s.runtime_probe.json.id}`), 200],
  ['no such command', () => admin('GET', `commands/${kNoCommand}`), 404, 'not_found'],
  ['a queued one is cancelled', () => admin('POST', `commands/${s.model_remove.json.id}/cancel`, { reason: 'not now' }), 200],
  ['the node takes the others', async () => { s.leased = await node.poll({ max: kCommandsHeld }); s.of = (kind) => s.leased.json.commands.find((one) => one.kind === kind); return s.leased; }, 200],
  ['a poll that says how they go', () => node.poll({ max: 0, held: ['downloading', 'running'].map((phase, i) => heldOf(s.leased.json.commands[i], phase)) }), 200],
  ['a leased command', () => admin('GET', `commands/${s.leased.json.commands[0].command_id}`), 200],
  ['leased commands', () => admin('GET', 'commands?state=leased'), 200],
  ['a leased one is cancelled', () => admin('POST', `commands/${s.of('model_install').command_id}/cancel`, {}), 200],
  ['a result under that lease', () => node.bring(s.of('model_install')), 400, 'invalid_request'],
  ['a result', async () => node.bring(s.of('refresh_inventory'), s.result = node.result(s.of('refresh_inventory'))), 200],
  ['the result again', () => node.bring(s.of('refresh_inventory'), s.result), 200],
  ['another result', () => node.bring(s.of('refresh_inventory'), node.sign({ ...s.result, signature_ed25519: undefined, started_at: '2026-01-01T00:00:00.000Z' })), 409, 'conflict'],
  ['a failure', () => node.bring(s.of('benchmark_smoke'), node.result(s.of('benchmark_smoke'), undefined, { code: 'model_not_found', detail: 'No such model.' })), 200],
  ['a lease that is none', () => node.bring(s.of('runtime_probe'), node.result(s.of('runtime_probe'), { runtimes: [] }), { lease: Buffer.alloc(16).toString('base64url') }), 409, 'lease_lost'],
  ['a result of no command', () => node.bring({ ...s.of('refresh_inventory'), command_id: kNoCommand }), 404, 'not_found'],
  ['a poll that holds what it lost and ended', () => node.poll({ max: 0, held: [heldOf(s.of('model_install')), heldOf(s.of('refresh_inventory')), heldOf({ ...s.of('runtime_probe'), lease_token: Buffer.alloc(16).toString('base64url') })] }), 200],
  ...['refresh_inventory', 'benchmark_smoke', 'model_install'].map((kind) => [`what became of ${kind}`, () => admin('GET', `commands/${s[kind].json.id}`), 200]),
  ['a failed one again', () => admin('POST', `commands/${s.benchmark_smoke.json.id}/retry`), 200],
  ['a good one again', () => admin('POST', `commands/${s.refresh_inventory.json.id}/retry`), 409, 'conflict'],
  ['a good one cancelled', () => admin('POST', `commands/${s.refresh_inventory.json.id}/cancel`, {}), 409, 'conflict'],

  ['nodes, a page', async () => (s.page = await admin('GET', 'nodes?limit=1')), 200],
  ['nodes, the next page', () => admin('GET', `nodes?limit=1&after=${s.page.json.next_after}`), 200],
  ['nodes that are chosen', () => admin('GET', 'nodes?standing=enrolled&tag=gpu'), 200],
  ['a node', () => admin('GET', `nodes/${node.id}`), 200],
  ['no such node', () => admin('GET', `nodes/${new PaperNode('').id}`), 404, 'not_found'],
  ['tags', () => admin('PUT', `nodes/${node.id}/tags`, { tags: ['eu', 'new'] }), 200],
  ['tags that are none', () => admin('PUT', `nodes/${node.id}/tags`, { tags: ['no spaces please'] }), 400, 'invalid_request'],
  ['status', () => admin('GET', 'status'), 200],

  ['the network', async () => (s.seen = await control.public('network')), 200],
  ['the network, unchanged', () => unchanged('network', s.seen.headers.etag), 304],
  ['public nodes, a page', async () => (s.seen = await control.public('nodes?limit=1')), 200],
  ['public nodes, unchanged', () => unchanged('nodes?limit=1', s.seen.headers.etag), 304],
  ['public nodes, the next page', () => control.public(`nodes?limit=1&after=${s.seen.json.next_after}`), 200],
  ['too many public nodes', () => control.public('nodes?limit=101'), 400, 'invalid_request'],
  ['public models, a page', async () => (s.seen = await control.public('models?limit=1')), 200],
  ['public models, unchanged', () => unchanged('models?limit=1', s.seen.headers.etag), 304],
  ['public models, the next page', () => control.public(`models?limit=1&after=${s.seen.json.next_after}`), 200],
  ['too many public models', () => control.public('models?limit=0'), 400, 'invalid_request'],
  ...['', '/transport-key', '/route-readiness?model=paper-1b'].flatMap((rest) => [
    [`public node${rest}`, async () => (s.seen = await control.public(`nodes/${node.id}${rest}`)), 200],
    [`public node${rest}, unchanged`, () => unchanged(`nodes/${node.id}${rest}`, s.seen.headers.etag), 304],
  ]),
  ['no such public node', () => control.public(`nodes/${new PaperNode('').id}`), 404, 'not_found'],
  ['no such transport key', () => control.public(`nodes/${new PaperNode('').id}/transport-key`), 404, 'not_found'],
  ['the readiness of a stranger', () => control.public(`nodes/${new PaperNode('').id}/route-readiness?model=x`), 200],
  ['the readiness for no model', () => control.public(`nodes/${node.id}/route-readiness`), 400, 'invalid_request'],

  ['receipts, one of them another node\'s', () => node.submitReceipts([s.receipt = aReceipt(), other.receipt()]), 200],
  ['receipts, none of them', () => node.submitReceipts([], { body: { receipts: [] } }), 400, 'invalid_request'],
  ...[['', 'a receipt'], ['/proof', 'its proof']].flatMap(([rest, what]) => [
    [what, async () => (s.seen = await control.call('GET', receiptPath(rest))), 200],
    [`${what}, unchanged`, () => control.call('GET', receiptPath(rest), { headers: { 'if-none-match': s.seen.headers.etag } }), 304],
    [`${what}, of no receipt`, () => control.call('GET', `/v1/receipts/0x${'0'.repeat(64)}${rest}`), 404, 'not_found'],
  ]),
  ...['', '/checkpoint', '/tile/0/000.p/1', '/tile/entries/000.p/1'].flatMap((rest) => [
    [`the log${rest}`, async () => (s.seen = await control.call('GET', `/v1/log${rest}`)), 200],
    [`the log${rest}, unchanged`, () => control.call('GET', `/v1/log${rest}`, { headers: { 'if-none-match': s.seen.headers.etag } }), 304],
    [`the log${rest}, with a question`, () => control.call('GET', `/v1/log${rest}?x=1`), 400, 'invalid_request'],
  ]),
  ['a tile that is not there', () => control.call('GET', '/v1/log/tile/0/000'), 404, 'not_found'],

  ['a node is suspended', () => admin('POST', `nodes/${other.id}/suspension`, { reason: 'a test' }), 200],
  ['it is told', () => other.heartbeat(), 403, 'node_suspended'],
  ['it is resumed', () => admin('DELETE', `nodes/${other.id}/suspension`), 200],
  ['it is removed', () => admin('POST', `nodes/${other.id}/removal`, { reason: 'sold' }), 200],
  ['it is told that, too', () => other.heartbeat(), 403, 'node_removed'],
  ['removed nodes', () => admin('GET', 'nodes?standing=removed'), 200],
  ['a removed node', () => admin('GET', `nodes/${other.id}`), 200],
  ['it is suspended', () => admin('POST', `nodes/${other.id}/suspension`, {}), 403, 'node_removed'],

  ['a credential', async () => (s.viewer = await admin('POST', 'credentials', { name: 'watcher', role: 'viewer', expires: '30m' })), 200],
  ['a second of that name', () => admin('POST', 'credentials', { name: 'watcher', role: 'viewer' }), 409, 'conflict'],
  ['a third', () => admin('POST', 'credentials', { name: 'spare', role: 'operator' }), 200],
  ['a viewer looks', () => admin('GET', 'self', undefined, s.viewer.json.secret), 200],
  ['credentials, a page', async () => (s.page = await admin('GET', 'credentials?limit=1')), 200],
  ['credentials, the next page', () => admin('GET', `credentials?limit=1&before=${s.page.json.next_before}`), 200],
  ['a customer', async () => (s.ada = await admin('POST', 'customers', { name: 'Ada' })), 200],
  ['a second customer', () => admin('POST', 'customers', { name: 'Bob' }), 200],
  ['a customer without a name', () => admin('POST', 'customers', {}), 400, 'invalid_request'],
  ['no such customer', () => admin('GET', `customers/${kNobody}`), 404, 'not_found'],
  ['a policy', () => admin('PUT', `customers/${s.ada.json.customer_id}/policy`, kPolicy), 200],
  ['a card', async () => (s.card = await admin('POST', `customers/${s.ada.json.customer_id}/tokens`, { note: 'a server', expires: '2h' })), 200],
  ['another card', async () => (s.lost = await admin('POST', `customers/${s.ada.json.customer_id}/tokens`, {})), 200],
  ['it is revoked', () => admin('DELETE', `customers/${s.ada.json.customer_id}/tokens/${s.lost.json.token.id}`), 200],
  ['cards, a page', async () => (s.page = await admin('GET', `customers/${s.ada.json.customer_id}/tokens?limit=1`)), 200],
  ['cards, the next page', () => admin('GET', `customers/${s.ada.json.customer_id}/tokens?limit=1&before=${s.page.json.next_before}`), 200],
  ['a credit', () => admin('POST', `customers/${s.ada.json.customer_id}/credits`, { amount_wei: '1000', reference: 'invoice-1', reason: 'paid' }), 200],
  ['the same credit', () => admin('POST', `customers/${s.ada.json.customer_id}/credits`, { amount_wei: '1000', reference: 'invoice-1' }), 200],
  ['another one of that name', () => admin('POST', `customers/${s.ada.json.customer_id}/credits`, { amount_wei: '1', reference: 'invoice-1' }), 422, 'idempotency_key_reused'],
  ['a credit of nothing', () => admin('POST', `customers/${s.ada.json.customer_id}/credits`, { amount_wei: '0', reference: 'invoice-2' }), 400, 'invalid_request'],
  ['an adjustment', () => admin('POST', `customers/${s.ada.json.customer_id}/adjustments`, { direction: 'out', amount_wei: '10', reference: 'typo', reason: 'a typo' }), 200],
  ['an adjustment of too much', () => admin('POST', `customers/${s.ada.json.customer_id}/adjustments`, { direction: 'out', amount_wei: '9999', reference: 'more', reason: 'a typo' }), 402, 'insufficient_balance'],
  ['a refund of no job', () => admin('POST', `customers/${s.ada.json.customer_id}/refunds`, { private_job_id: 'job_none', reason: 'a test' }), 200],
  ['the node lives', () => node.heartbeat(), 200],
  ['nodes for a private job', () => asAda('GET', 'candidates?model_id=paper-1b'), 200],
  ['nodes for a model that the policy does not allow', () => asAda('GET', 'candidates?model_id=other'), 403, 'customer_policy_denied'],
  ['a private job', async () => (s.job = await asAda('POST', 'jobs', s.sealed = jobBody('trip'), { 'idempotency-key': 'once' })), 202],
  ['the same envelope', () => asAda('POST', 'jobs', s.sealed), 409, 'envelope_replayed'],
  ['a job of a class that is not there', () => asAda('POST', 'jobs', jobBody('later', { privacy_class: 'verified_confidential_cpu' })), 501, 'not_implemented'],
  ['the node takes it', async () => { s.private = await node.poll(); return s.private; }, 200],
  ['it brings frames of it', () => node.bringFrames(s.private.json.commands.find((one) => one.command_id === s.job.json.command_id).arguments.job_id, 0, 2), 200],
  ['frames of nothing', () => node.bringFrames('', 0, 0, { body: { streams: [] } }), 400, 'invalid_request'],
  ['a job to stop', async () => (s.stop = await asAda('POST', 'jobs', jobBody('stop'))), 202],
  ['the node takes that, too', async () => { s.stopped = await node.poll({ held: s.private.json.commands.map((one) => ({ command_id: one.command_id, lease_token: one.lease_token, phase: 'running', done: 0, total: 0 })) }); return s.stopped; }, 200],
  ['it is to stop', () => asAda('POST', 'jobs/stop/cancel'), 200],
  ['it has stopped', () => { const command = s.stopped.json.commands.find((one) => one.command_id === s.stop.json.command_id); return node.bring(command, answerOf(node, command).result); }, 200],
  ['a second job', () => asAda('POST', 'jobs', jobBody('second')), 202],
  ['it is cancelled by its customer', () => asAda('POST', 'jobs/second/cancel'), 200],
  ['no such job is', () => asAda('POST', 'jobs/third/cancel'), 404, 'not_found'],
  ['the first one is done', async () => { const command = s.private.json.commands.find((one) => one.command_id === s.job.json.command_id); return node.bring(command, answerOf(node, command).result); }, 200],
  ['the job, done', () => asAda('GET', 'jobs/trip?wait_seconds=5'), 200],
  ['its stream', () => asAda('GET', 'jobs/trip/stream?from=1'), 200],
  ['no such stream', () => asAda('GET', 'jobs/third/stream'), 404, 'not_found'],
  ['no such job', () => asAda('GET', 'jobs/third'), 404, 'not_found'],
  ['jobs, a page', async () => (s.page = await asAda('GET', 'jobs?limit=1')), 200],
  ['jobs, the next page', () => asAda('GET', `jobs?limit=1&before=${s.page.json.next_before}`), 200],
  ['jobs that are done', () => asAda('GET', 'jobs?status=completed'), 200],
  ['jobs of no state', () => asAda('GET', 'jobs?status=done'), 400, 'invalid_request'],
  ['the billing of a job', () => billing('jobs/trip'), 200],
  ['the billing of no job', () => billing('jobs/third'), 404, 'not_found'],
  ['private jobs, a page', async () => (s.page = await admin('GET', `private-jobs?limit=1&customer=${s.ada.json.customer_id}`)), 200],
  ['private jobs, the next page', () => admin('GET', `private-jobs?limit=1&before=${s.page.json.next_before}`), 200],
  ['private jobs that are done', async () => (s.page = await admin('GET', 'private-jobs?status=completed')), 200],
  ['a private job of theirs', () => admin('GET', `private-jobs/${s.page.json.data[0].id}`), 200],
  ['no such private job', () => admin('GET', `private-jobs/${kNoJob}`), 404, 'not_found'],
  ['what stands still', () => admin('POST', 'private-jobs/recovery', { mode: 'dry_run' }), 200],
  ['envelopes that are old', () => admin('POST', 'private-jobs/purge', { mode: 'dry_run', older_than: '2h' }), 200],
  ['envelopes that are not', () => admin('POST', 'private-jobs/purge', { mode: 'purge', older_than: '1m' }), 400, 'invalid_request'],
  ['the customer looks', () => billing('account'), 200],
  ['the customer looks back', () => billing('usage?window_days=1&limit=10'), 200],
  ['further than anybody may', () => billing('usage?window_days=367'), 400, 'invalid_request'],
  ['entries, a page', async () => (s.page = await admin('GET', `customers/${s.ada.json.customer_id}/entries?limit=1`)), 200],
  ['entries, the next page', () => admin('GET', `customers/${s.ada.json.customer_id}/entries?limit=1&before=${s.page.json.next_before}`), 200],
  ['a customer is suspended', () => admin('POST', `customers/${s.ada.json.customer_id}/suspension`, { reason: 'unpaid' }), 200],
  ['it may not look', () => billing('account'), 403, 'customer_policy_denied'],
  ['a suspended customer', () => admin('GET', `customers/${s.ada.json.customer_id}`), 200],
  ['customers, a page', async () => (s.page = await admin('GET', 'customers?limit=1')), 200],
  ['customers, the next page', () => admin('GET', `customers?limit=1&before=${s.page.json.next_before}`), 200],
  ['a customer is resumed', () => admin('DELETE', `customers/${s.ada.json.customer_id}/suspension`), 200],
  ['the ledger, verified', () => admin('GET', 'ledger/verification'), 200],
  ['prices', () => admin('POST', 'price-policies', kPrices), 200],
  ['prices, a page', async () => (s.page = await admin('GET', 'price-policies?limit=1')), 200],
  ['prices that are none', () => admin('POST', 'price-policies', { ...kPrices, fee_basis_points: 10_001 }), 400, 'invalid_request'],
  ['other prices', () => admin('POST', 'price-policies', { ...kPrices, fee_basis_points: 300 }), 200],
  ['prices, the newest', async () => (s.page = await admin('GET', 'price-policies?limit=1')), 200],
  ['prices, the next page', () => admin('GET', `price-policies?limit=2&before=${s.page.json.next_before}`), 200],
  ...guarded('customer').map(({ method, route }) =>
    [`${method} ${route} without a credential`, () => control.call(method, filled(route), { body: bodyOf(method) }), 401, 'unauthorized']),
  // Every operation by its level, as its file says it.
  ...guarded('admin').flatMap(({ method, route, level }) => [
    [`${method} ${route} without a credential`, () => control.call(method, filled(route), { body: bodyOf(method) }), 401, 'unauthorized'],
    ...(files.admin.operationOf(method, route).requestBody ? [
      [`${method} ${route} with a member too much`, () => control.call(method, filled(route), { key: control.secret, body: { not_described: 1 } }), 400, 'invalid_request'],
    ] : []),
    ...(level === 'admin:viewer' ? [] : [
      [`${method} ${route} by a viewer`, () => control.call(method, filled(route), { key: s.viewer.json.secret, body: bodyOf(method) }), 403, 'role_denied'],
    ]),
  ]),
  ...guarded('managed').filter(({ level }) => level === 'node').map(({ method, route }) =>
    [`${method} ${route} without a signature`, () => control.call(method, filled(route), { body: {} }), 401, 'invalid_signature']),

  ['a credential is revoked', () => admin('DELETE', `credentials/${s.viewer.json.credential.id}`), 200],
  ['it is worth nothing', () => admin('GET', 'self', undefined, s.viewer.json.secret), 401, 'key_revoked'],

  ['the audit log, a page', async () => (s.page = await admin('GET', 'audit?limit=2')), 200],
  ['the audit log, the next page', () => admin('GET', `audit?limit=2&before=${s.page.json.next_before}`), 200],
  ['the audit log, exported', async () => (s.exported = await admin('GET', 'audit/export?after=1')), 200],
  ['the audit log, verified', () => admin('GET', 'audit/verification'), 200],
  ['metrics', () => control.call('GET', '/metrics', { key: control.secret }), 200],

  ...['alice', 'bob'].map((name) => [`a credential of ${name}`, async () => (s[name] = await strict.asAdmin('POST', 'credentials', { name, role: 'admin' })), 200]),
  ['a node where acts need two', async () => { s.guest = new WatchedNode(strict.url); return s.guest.answer((await s.guest.challenge(await strict.token())).json); }, 200],
  ['a command there, by the operator', async () => (s.probe = await strict.asAdmin('POST', 'commands', { node_id: s.guest.id, kind: 'runtime_probe' })), 200],
  ['it is cancelled', () => strict.asAdmin('POST', `commands/${s.probe.json.id}/cancel`, {}), 200],
  ['a token needs two', async () => (s.asked = await asAlice('POST', 'enrollment-tokens', { note: 'rack 4' })), 202],
  ['a command needs two', async () => (s.unwanted = await asAlice('POST', 'commands', { node_id: s.guest.id, kind: 'runtime_probe' })), 202],
  ['a command again needs two', () => asAlice('POST', `commands/${s.probe.json.id}/retry`), 202],
  ['a suspension needs two', () => asAlice('POST', `nodes/${s.guest.id}/suspension`, {}), 202],
  ['a removal needs two', () => asAlice('POST', `nodes/${s.guest.id}/removal`, {}), 202],
  ['a credential needs two', () => asAlice('POST', 'credentials', { name: 'eve', role: 'viewer' }), 202],
  ['its end needs two', () => asAlice('DELETE', `credentials/${s.bob.json.credential.id}`), 202],
  ['a customer where acts need two', async () => (s.eve = await strict.asAdmin('POST', 'customers', { name: 'Eve' })), 200],
  ['a credit needs two', () => asAlice('POST', `customers/${s.eve.json.customer_id}/credits`, { amount_wei: '5', reference: 'a' }), 202],
  ['an adjustment needs two', () => asAlice('POST', `customers/${s.eve.json.customer_id}/adjustments`, { direction: 'in', amount_wei: '5', reference: 'b', reason: 'c' }), 202],
  ['approvals, a page', async () => (s.page = await asBob('GET', 'approvals?limit=2')), 200],
  ['approvals, the next page', () => asBob('GET', `approvals?limit=2&before=${s.page.json.next_before}`), 200],
  ['too many approvals', () => asBob('GET', 'approvals?limit=0'), 400, 'invalid_request'],
  ['an approval', () => asBob('GET', `approvals/${s.asked.json.approval.id}`), 200],
  ['no such approval', () => asBob('GET', `approvals/${kNoApproval}`), 404, 'not_found'],
  ['nobody approves alone', () => asAlice('POST', `approvals/${s.asked.json.approval.id}/approve`), 403, 'role_denied'],
  ['a second person approves', () => asBob('POST', `approvals/${s.asked.json.approval.id}/approve`), 200],
  ['what was approved is done', () => asAlice('POST', 'enrollment-tokens', { note: 'rack 4', approval_id: s.asked.json.approval.id }), 200],
  ['but once', () => asAlice('POST', 'enrollment-tokens', { note: 'rack 4', approval_id: s.asked.json.approval.id }), 409, 'conflict'],
  ['a used approval', () => asBob('GET', `approvals/${s.asked.json.approval.id}`), 200],
  ['another one is denied', () => asBob('POST', `approvals/${s.unwanted.json.approval.id}/deny`), 200],
  ['and cannot be approved', () => asBob('POST', `approvals/${s.unwanted.json.approval.id}/approve`), 409, 'conflict'],

  ['the node leaves', () => node.send('POST', node.path('unenroll'), { boot_epoch: node.bootEpoch }, 'b3iq-unenroll-v1'), 200],
  ['it has left', () => node.heartbeat(), 403, 'node_removed'],

  ['ready, but slower than it should be', () => limited.call('GET', '/health/ready'), 200],
  ['a node of a control plane with limits', async () => { s.busy = new WatchedNode(limited.url); return s.busy.answer((await s.busy.challenge(await limited.token())).json); }, 200],
  ['too many heartbeats', () => tooMany(() => s.busy.heartbeat()), 429, 'rate_limited'],
  ['too many challenges', () => tooMany(() => s.busy.challenge()), 429, 'rate_limited'],
  ...['network', 'nodes', 'models'].map((target) => [`too many questions for ${target}`, () => tooMany(() => limited.public(target)), 429, 'rate_limited']),
  ['too many wrong credentials', () => tooMany(() => limited.asAdmin('GET', 'self', undefined, `${limited.secret}x`)), 429, 'rate_limited'],
  ['an audit log that somebody edited', async () => { await editAuditLog(limited); return limited.asAdmin('GET', 'audit/verification'); }, 200],
];

// Somebody with the database's file does what the API cannot.
async function editAuditLog(plane) {
  const { DatabaseSync } = await import('node:sqlite');
  await plane.stop();
  const database = new DatabaseSync(path.join(plane.home, 'control.db'));
  const { name } = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '%audit%'").get();
  assert.equal(Number(database.prepare(`UPDATE ${name} SET actor = 'mallory' WHERE seq = 1`).run().changes), 1);
  database.close();
  await plane.again();
}

before(async () => {
  control = await WatchedControl.launch({ config: { ...noLimits, public_url: 'https://control.example' } });
  limited = await WatchedControl.launch({
    config: {
      limits: { enrollment_per_minute: 4, node_per_minute: 1, public_per_minute: 1, admin_failures_per_minute: 1 },
      nats: { servers: ['nats://127.0.0.1:1'] },
    },
  });
  strict = await WatchedControl.launch({ config: { ...noLimits, admin: { second_approval: kActsOfTwo } } });
  node = new WatchedNode(control.url);
  other = new WatchedNode(control.url);
  other.readiness = { ...someReadiness, models: [...someReadiness.models, { ...someReadiness.models[0], model_id: 'paper-8b' }] };
});
after(async () => {
  await control?.close();
  await limited?.close();
  await strict?.close();
});

test('each operation, asked and refused, is as its OpenAPI file says', async (t) => {
  for (const [what, act, status, code] of rows) {
    await t.test(what, async () => {
      const answer = await act();
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.json?.error?.code, code, answer.text);
      assert.deepEqual(witness.faults.splice(0), []);
    });
  }
});

test('no operation, status or member of the files is left out but those that are listed with why', () => {
  const done = new Set(witness.exchanges.filter(({ status }) => status < 300).map(({ method, route }) => `${method} ${route}`));
  assert.deepEqual(witness.operations().filter((operation) => !done.has(operation)), [], 'operations that were never done');
  const seen = witness.seenStatuses();
  assert.deepEqual(witness.statuses().filter((status) => !seen.has(status)).sort(), Object.keys(kUnseenStatuses).sort());
  assert.deepEqual(witness.untold(), Object.keys(kUntold).sort());
});

// Paths to every object within a value, as lists of names.
function objectsIn(value, at = []) {
  if (value === null || typeof value !== 'object') return [];
  const within = Object.entries(value).flatMap(([name, member]) => objectsIn(member, [...at, name]));
  return Array.isArray(value) ? within : [at, ...within];
}

test('one member more, at any depth of any answer, is a fault; so is one that is missing', () => {
  let tried = 0;
  for (const { file, method, route, status, type, value } of witness.exchanges.filter(({ value: json }) => typeof json === 'object')) {
    const faultWith = (change, at) => {
      const changed = structuredClone(value);
      change(at.reduce((within, name) => within[name], changed));
      return file.faultOf(method, route, status, changed, type);
    };
    for (const at of objectsIn(value)) {
      const path = `${method} ${route} ${status}: .${at.join('.')}`;
      if (kOpenObjects.test(path)) continue;
      assert.match(faultWith((object) => { object.not_described = 1; }, at), /not_described/, path);
      tried += 1;
    }
    const [first] = Object.keys(value);
    assert.notEqual(faultWith((object) => { delete object[first]; }, []), '', `${method} ${route} ${status} without ${first}`);
  }
  assert.ok(tried > 200, `${tried} objects`);
});
