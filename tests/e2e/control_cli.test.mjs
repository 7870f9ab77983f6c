// `b3iq-control-plane admin` from outside, verb by verb, as text and with --json: what it prints, what it does as the admin API sees it,
// its exit codes, and that a secret is printed where it must be and nowhere else. The node is one on paper.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { apiSchema } from './api_schema.mjs';
import { controlBin } from './control_plane.mjs';
import { LiveControl, noLimits } from './live_control.mjs';
import { run, until } from './node.mjs';
import { PaperNode } from './paper_node.mjs';

const schema = apiSchema('admin');
const kNodes = '/v1/admin/nodes/{node}';
const kCommands = '/v1/admin/commands';
const kCredentials = '/v1/admin/credentials';
const kApprovals = '/v1/admin/approvals';
const kNoNode = `b3n_${'a'.repeat(32)}`;
const kNoCommand = `cmd_${'0'.repeat(26)}`;
const kCustomers = '/v1/admin/customers';
const kCustomer = `${kCustomers}/{customer}`;
const kSecret = /b3iq_(admin|customer|enroll|router)_/;
let control;
let node;

before(async () => {
  control = await LiveControl.launch({ config: noLimits });
  node = await new PaperNode(control.url).enroll(await control.token({ tags: ['eu'] }));
  assert.equal((await node.putInventory()).status, 200);
  assert.equal((await node.heartbeat()).status, 200);
});
after(() => control?.close());

// `admin …` with an exit code, and no secret in what it prints.
async function admin(words, code = 0, at = control) {
  const done = await at.cli(['admin', ...words]);
  const said = `admin ${words.join(' ')}: ${done.stderr}${done.stdout}`;
  assert.equal(done.code, code, said);
  assert.doesNotMatch(said, kSecret);
  if (code === 0) assert.equal(done.stderr, '', said);
  else assert.match(done.stderr, /\S/);
  return done;
}
// The same with --json, whose answer is as api/admin.json says.
async function adminJson(words, method, route, at = control) {
  const { json } = await admin([...words, '--json'], 0, at);
  assert.equal(schema.faultOf(method, route, 200, json), '', words.join(' '));
  return json;
}
// `admin …` from another machine, with the credential in a file.
const remote = (file, words) => run(controlBin, ['admin', '--url', control.url, '--admin-key-file', file, ...words]);
// The lines of a table, split at its columns, without the headings.
const rowsOf = (text) => text.trimEnd().split('\n').slice(1).map((line) => line.trim().split(/ {2,}/));

async function leased(id) {
  const polled = await node.poll({ max: 16 });
  assert.equal(polled.status, 200, polled.text);
  return polled.json.commands.find((one) => one.command_id === id);
}

test('nodes show: one node as text and as the API has it', async () => {
  const { stdout } = await admin(['nodes', 'show', node.id]);
  for (const line of [
    new RegExp(`^node_id +${node.id}$`, 'm'), /^standing +enrolled$/m, /^liveness +online$/m, /^status +ready$/m, /^tags +eu$/m,
    /^agent_version +0\.5\.0$/m, new RegExp(`^boot_epoch +${node.bootEpoch}$`, 'm'), new RegExp(`^public_key_ed25519 +${node.publicKey}$`, 'm'),
    /paper-1b \(installed, embedded/,
  ]) assert.match(stdout, line);
  const shown = await adminJson(['nodes', 'show', node.id], 'GET', kNodes);
  assert.deepEqual(shown, await control.ask('GET', `nodes/${node.id}`));
  assert.equal(shown.inventory.cpu.model, 'Paper');
  assert.match((await admin(['nodes', 'show', kNoNode], 1)).stderr, /not_found/);
  await admin(['nodes', 'show'], 2);
});

test('nodes tag: replaces the tags, takes them all away, and refuses what is no tag', async () => {
  const tags = async () => (await control.ask('GET', `nodes/${node.id}`)).tags;
  const two = await admin(['nodes', 'tag', node.id, 'gpu', 'rack-3']);
  assert.match(two.stdout, new RegExp(`^${node.id} has the tags: gpu,rack-3$`, 'm'));
  assert.deepEqual(await tags(), ['gpu', 'rack-3']);
  assert.match((await admin(['nodes', 'list', '--tag', 'rack-3'])).stdout, new RegExp(`${node.id} .*gpu,rack-3`));
  assert.doesNotMatch((await admin(['nodes', 'list', '--tag', 'eu'])).stdout, /b3n_/);
  assert.deepEqual((await adminJson(['nodes', 'tag', node.id], 'PUT', `${kNodes}/tags`)).tags, []);
  assert.deepEqual(await tags(), []);
  await admin(['nodes', 'tag', node.id, 'no spaces please'], 1);
  await admin(['nodes', 'tag', kNoNode, 'x'], 1);
  await admin(['nodes', 'tag'], 2);
  assert.deepEqual(await tags(), []);
  assert.equal((await control.audit()).filter((entry) => entry.act === 'node.tagged').length, 2);
});

test('commands: queued, listed by page, node and state, shown, and shown with the result that the node signed', async () => {
  const queued = await admin(['commands', 'queue', '--node', node.id, '--kind', 'refresh_inventory']);
  const id = queued.stdout.match(/cmd_[0-9A-Z]{26}/)[0];
  assert.match(queued.stdout, new RegExp(`^${id} \\(refresh_inventory for ${node.id}\\) is queued\\.$`, 'm'));
  assert.equal((await control.command(id)).state, 'queued');
  const second = await adminJson(
    ['commands', 'queue', '--node', node.id, '--kind', 'benchmark_smoke', '--arguments', '{"model_id":"paper-1b"}', '--expires', '2h', '--attempts', '2'],
    'POST', kCommands);
  assert.deepEqual(second, await control.command(second.id));
  assert.deepEqual([second.state, second.arguments, second.max_attempts], ['queued', { max_tokens: 64, model_id: 'paper-1b' }, 2]);
  assert.equal(Date.parse(second.expires_at) - Date.parse(second.queued_at), 2 * 3_600_000);

  const listed = rowsOf((await admin(['commands', 'list', '--node', node.id, '--state', 'queued'])).stdout);
  assert.deepEqual(listed.map((row) => row.slice(0, 4)), [
    [second.id, node.id, 'benchmark_smoke', 'queued'], [id, node.id, 'refresh_inventory', 'queued']]);
  const page = await control.cli(['admin', 'commands', 'list', '-n', '1']);
  assert.deepEqual([page.code, rowsOf(page.stdout).map((row) => row[0])], [0, [second.id]]);
  assert.ok(page.stderr.includes(`--before ${second.id}`), page.stderr);
  const next = await adminJson(['commands', 'list', '-n', '1', '--before', second.id], 'GET', kCommands);
  assert.deepEqual(next.data.map((command) => command.id), [id]);

  const command = await leased(id);
  assert.match((await admin(['commands', 'show', id])).stdout, /^state +leased$/m);
  const signed = node.result(command);
  assert.equal((await node.bring(command, signed)).status, 200);
  const { stdout } = await admin(['commands', 'show', id]);
  for (const line of [
    new RegExp(`^id +${id}$`, 'm'), new RegExp(`^node_id +${node.id}$`, 'm'), /^kind +refresh_inventory$/m, /^state +succeeded$/m,
    /^queued_by +operator$/m, /^attempts +1$/m, /^finished_at +2/m,
  ]) assert.match(stdout, line);
  assert.ok(stdout.includes(signed.signature_ed25519), 'the result as it was signed');
  const shown = await adminJson(['commands', 'show', id], 'GET', `${kCommands}/{command}`);
  assert.deepEqual(shown.result, signed);
  assert.deepEqual(shown, await control.command(id));
  assert.deepEqual((await adminJson(['commands', 'list', '--state', 'succeeded'], 'GET', kCommands)).data.map((one) => one.id), [id]);
  assert.match((await admin(['commands', 'list', '--node', kNoNode])).stdout, /no commands/);
  assert.equal((await control.command(second.id)).state, 'leased');
  assert.match((await admin(['commands', 'cancel', second.id])).stdout, /is cancelled/);
});

test('commands cancel and retry: an open one ends with a reason, an ended one comes back, a good one stays', async () => {
  const { id } = await control.queue(node.id, 'runtime_probe');
  const cancelled = await admin(['commands', 'cancel', id, '--reason', 'not now']);
  assert.match(cancelled.stdout, new RegExp(`^${id} \\(runtime_probe for ${node.id}\\) is cancelled\\.$`, 'm'));
  const { state, failure } = await control.command(id);
  assert.deepEqual([state, failure], ['cancelled', 'not now']);
  assert.match((await admin(['commands', 'show', id])).stdout, /^failure +not now$/m);
  assert.equal((await adminJson(['commands', 'cancel', id], 'POST', `${kCommands}/{command}/cancel`)).state, 'cancelled');

  assert.match((await admin(['commands', 'retry', id])).stdout, new RegExp(`^${id} .* is queued\\.$`, 'm'));
  assert.equal((await control.command(id)).state, 'queued');
  assert.match((await admin(['commands', 'retry', id], 1)).stderr, /queued[\s\S]*conflict/);
  const command = await leased(id);
  const failed = await node.bring(command, node.result(command, undefined, { code: 'runtime_unreachable', detail: 'It fell over.' }));
  assert.equal(failed.status, 200, failed.text);
  assert.match((await admin(['commands', 'show', id])).stdout, /It fell over\./);
  const again = await adminJson(['commands', 'retry', id], 'POST', `${kCommands}/{command}/retry`);
  assert.deepEqual([again.id, again.state, again.attempts], [id, 'queued', 0]);
  const taken = await leased(id);
  const done = await node.bring(taken, node.result(taken, { runtimes: [] }));
  assert.equal(done.status, 200, done.text);
  assert.match((await admin(['commands', 'retry', id], 1)).stderr, /succeeded[\s\S]*conflict/);
  assert.match((await admin(['commands', 'cancel', id], 1)).stderr, /conflict/);
  for (const verb of ['show', 'retry', 'cancel']) {
    assert.match((await admin(['commands', verb, kNoCommand], 1)).stderr, /commands list[\s\S]*not_found/);
    await admin(['commands', verb], 2);
  }
  const acts = (await control.audit()).filter((entry) => entry.subject === id).map((entry) => entry.act);
  assert.deepEqual(acts, ['command.queued', 'command.cancelled', 'command.retried', 'command.failed', 'command.retried', 'command.succeeded']);
});

test('commands: one that nobody does in its time is expired, by the program itself, and can be queued again', { timeout: 120_000 }, async () => {
  const idle = await new PaperNode(control.url).enroll(await control.token());
  // A little more than the least, 10 s: the time is absolute and the machine may be slow.
  const expires = new Date(Date.now() + 15_000).toISOString();
  const { id } = await control.ask('POST', 'commands', { node_id: idle.id, kind: 'runtime_probe', expires });
  const ended = await control.endOf(id, 90_000);
  assert.deepEqual([ended.state, ended.attempts, ended.result], ['expired', 0, null]);
  assert.ok(Date.parse(ended.finished_at) >= Date.parse(expires), ended.finished_at);
  assert.match((await admin(['commands', 'show', id])).stdout, /^state +expired$/m);
  assert.ok(rowsOf((await admin(['commands', 'list', '--state', 'expired'])).stdout).some((row) => row[0] === id));
  const [entry] = (await control.audit()).filter((one) => one.act === 'command.expired' && one.subject === id);
  assert.equal(entry.actor, 'control-plane');
  assert.deepEqual((await idle.poll()).json.commands, [], 'what expired is not handed out');
  const again = await adminJson(['commands', 'retry', id], 'POST', `${kCommands}/{command}/retry`);
  assert.equal(again.state, 'queued');
  assert.ok(Date.parse(again.expires_at) > Date.parse(again.queued_at) + 10_000, 'it has its time once more');
  const handed = await until(async () => (await idle.poll()).json.commands[0], 30_000, 'the command once more');
  assert.equal(handed.command_id, id);
  await admin(['commands', 'cancel', id]);
});

test('credentials: the secret goes to a private file or to standard output, once; the list has none; a revoked one opens nothing', async () => {
  const file = path.join(control.folder, 'alice.key');
  const made = await control.cli(['admin', 'credentials', 'create', '--name', 'alice', '--role', 'operator', '--expires', '12h', '--out', file]);
  assert.equal(made.code, 0, made.stderr);
  assert.equal(made.stdout, '');
  const id = made.stderr.match(/adm_[0-9A-Z]{26}/)[0];
  assert.match(made.stderr, /operator 'alice'/);
  assert.ok(made.stderr.includes(file));
  assert.doesNotMatch(made.stderr, kSecret);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  assert.match(fs.readFileSync(file, 'utf8'), /^b3iq_admin_[0-9A-Za-z]{49}\n$/);
  const self = await control.asAdmin('GET', 'self', undefined, fs.readFileSync(file, 'utf8').trim());
  assert.deepEqual([self.status, self.json.role], [200, 'operator']);

  const spoken = await control.cli(['admin', 'credentials', 'create', '--name', 'spoken', '--role', 'viewer']);
  assert.equal(spoken.code, 0, spoken.stderr);
  assert.match(spoken.stdout, /^b3iq_admin_[0-9A-Za-z]{49}\n$/);
  assert.doesNotMatch(spoken.stderr, kSecret);
  assert.match(spoken.stderr, /only time/);
  const json = await control.cli(['admin', 'credentials', 'create', '--name', 'machine', '--role', 'viewer', '--json']);
  assert.equal(schema.faultOf('POST', kCredentials, 200, json.json), '', json.stderr);
  assert.match(json.json.secret, /^b3iq_admin_/);
  const jsonFile = path.join(control.folder, 'json.key');
  const kept = await admin(['credentials', 'create', '--name', 'kept', '--role', 'admin', '--out', jsonFile, '--json']);
  assert.deepEqual([kept.json.name, kept.json.role, kept.json.status], ['kept', 'admin', 'active']);
  assert.equal(fs.statSync(jsonFile).mode & 0o777, 0o600);

  const listed = await adminJson(['credentials', 'list'], 'GET', kCredentials);
  assert.deepEqual(listed.data.map((one) => one.name), ['kept', 'machine', 'spoken', 'alice']);
  const rows = rowsOf((await admin(['credentials', 'list'])).stdout);
  assert.deepEqual(rows.find((row) => row[0] === id).slice(1, 4), ['alice', 'operator', 'active']);

  const before = fs.readFileSync(file, 'utf8');
  assert.match((await admin(['credentials', 'create', '--name', 'other', '--role', 'viewer', '--out', file], 1)).stderr, /exists/);
  assert.equal(fs.readFileSync(file, 'utf8'), before);
  const spare = path.join(control.folder, 'spare.key');
  assert.match((await admin(['credentials', 'create', '--name', 'alice', '--role', 'viewer', '--out', spare], 1)).stderr, /conflict/);
  assert.ok(!fs.existsSync(spare), 'no empty file is left');
  assert.equal((await control.ask('GET', 'credentials')).data.length, 4, 'what failed made nothing');
  await admin(['credentials', 'create', '--name', 'nobody'], 2);
  await admin(['credentials', 'create', '--role', 'viewer'], 2);

  assert.equal((await remote(file, ['nodes', 'show', node.id])).code, 0);
  assert.match((await admin(['credentials', 'revoke', id])).stdout, new RegExp(`^${id} opens nothing any more\\.$`, 'm'));
  const shut = await remote(file, ['nodes', 'show', node.id]);
  assert.equal(shut.code, 4, shut.stderr);
  assert.match(shut.stderr, /key_revoked/);
  assert.equal((await control.ask('GET', 'credentials')).data.find((one) => one.id === id).status, 'revoked');
  const other = listed.data.find((one) => one.name === 'spoken').id;
  assert.equal((await adminJson(['credentials', 'revoke', other], 'DELETE', `${kCredentials}/{credential}`)).status, 'revoked');
  assert.match((await admin(['credentials', 'revoke', `adm_${'0'.repeat(26)}`], 1)).stderr, /not_found/);
  await admin(['credentials', 'revoke'], 2);
});

test('what a role may not do ends with 4 and changes nothing, and what is no command line with 2', async () => {
  const files = {};
  for (const role of ['viewer', 'operator']) {
    files[role] = path.join(control.folder, `${role}.key`);
    await control.admin('credentials', 'create', '--name', `a ${role}`, '--role', role, '--out', files[role]);
  }
  const queued = await control.queue(node.id, 'runtime_probe');
  const before = await control.audit();
  const refused = {
    viewer: [
      ['nodes', 'tag', node.id, 'mine'], ['nodes', 'suspend', node.id], ['commands', 'queue', '--node', node.id, '--kind', 'runtime_probe'],
      ['commands', 'cancel', queued.id], ['commands', 'retry', queued.id], ['tokens', 'create'], ['credentials', 'list'], ['approvals', 'list'],
    ],
    operator: [['credentials', 'create', '--name', 'eve', '--role', 'admin'], ['credentials', 'list'], ['credentials', 'revoke', `adm_${'0'.repeat(26)}`], ['audit', 'list']],
  };
  for (const [role, all] of Object.entries(refused)) {
    for (const words of all) {
      const done = await remote(files[role], words);
      assert.equal(done.code, 4, `${words.join(' ')} by a ${role}: ${done.stderr}${done.stdout}`);
      assert.match(done.stderr, /role_denied/, words.join(' '));
      assert.equal(done.stdout, '');
    }
  }
  assert.deepEqual(await control.audit(), before);
  for (const words of [['nodes', 'show', node.id], ['commands', 'show', queued.id], ['commands', 'list'], ['nodes', 'list']])
    assert.equal((await remote(files.viewer, words)).code, 0, words.join(' '));
  assert.equal((await remote(files.operator, ['commands', 'cancel', queued.id])).code, 0);
  assert.equal((await control.command(queued.id)).state, 'cancelled');
  for (const words of [
    ['commands', 'list', '--state', 'lost'], ['commands', 'list', '-n', '0'], ['commands', 'list', '-n', '501'],
    ['commands', 'queue', '--node', node.id, '--kind', 'runtime_probe', '--attempts', '11'], ['commands', 'queue', '--node', node.id],
    ['commands', 'queue', '--kind', 'runtime_probe'], ['commands', 'show', '../nodes'], ['nodes', 'tag', 'a/b'], ['credentials', 'list', '--before'],
  ]) await admin(words, 2);
});

test('a suspended node takes no commands: refused with 4', async () => {
  const one = await new PaperNode(control.url).enroll(await control.token());
  assert.match((await admin(['nodes', 'suspend', one.id, '--reason', 'a test'])).stdout, /is suspended/);
  const queue = ['commands', 'queue', '--node', one.id, '--kind', 'runtime_probe'];
  assert.match((await admin(queue, 4)).stderr, /resume it first[\s\S]*node_suspended/);
  assert.match((await admin(['nodes', 'resume', one.id])).stdout, /is enrolled/);
  await admin(queue);
});

test('approvals list and deny: what waits, denied by the other person, withdrawn by oneself, not done afterwards', async () => {
  const strict = await LiveControl.launch({ config: { ...noLimits, admin: { second_approval: ['credential.create', 'token.create'] } } });
  try {
    assert.match((await admin(['approvals', 'list'], 0, strict)).stdout, /Nobody has asked/);
    const files = {};
    const ids = {};
    for (const [name, role] of [['alice', 'operator'], ['bob', 'admin'], ['carol', 'viewer']]) {
      files[name] = path.join(strict.folder, `${name}.key`);
      ids[name] = (await strict.admin('credentials', 'create', '--name', name, '--role', role, '--out', files[name])).id;
    }
    const as = (name, words) => run(controlBin, ['admin', '--url', strict.url, '--admin-key-file', files[name], ...words]);
    const ask = async (note) => {
      const asked = await as('alice', ['tokens', 'create', '--note', note]);
      assert.equal(asked.code, 4, asked.stderr);
      assert.equal(asked.stdout, '');
      return asked.stderr.match(/apr_[0-9A-Z]{26}/)[0];
    };
    const first = await ask('rack 3');
    const second = await ask('rack 4');
    const rows = rowsOf((await as('bob', ['approvals', 'list'])).stdout);
    assert.deepEqual(rows.map((row) => row.slice(0, 3)).sort(), [[first, 'pending', 'token.create'], [second, 'pending', 'token.create']]);
    assert.ok(rows.every((row) => row.includes(ids.alice)));
    const refused = await as('carol', ['approvals', 'deny', first]);
    assert.equal(refused.code, 4, refused.stderr);
    const denied = await as('bob', ['approvals', 'deny', first]);
    assert.deepEqual([denied.code, denied.stdout], [0, `${first} permits nothing.\n`]);
    const withdrawn = await as('alice', ['approvals', 'deny', second, '--json']);
    assert.equal(schema.faultOf('POST', `${kApprovals}/{approval}/deny`, 200, withdrawn.json), '', withdrawn.stderr);
    assert.deepEqual([withdrawn.json.state, withdrawn.json.decided_by], ['denied', ids.alice]);
    const listed = await adminJson(['approvals', 'list'], 'GET', kApprovals, strict);
    assert.deepEqual(listed.data.map((one) => one.state), ['denied', 'denied']);
    assert.equal((await strict.ask('GET', `approvals/${first}`)).decided_by, ids.bob);
    assert.equal((await as('alice', ['tokens', 'create', '--note', 'rack 3', '--approval', first])).code, 1);
    const late = await as('bob', ['approvals', 'approve', first]);
    assert.deepEqual([late.code, /conflict/.test(late.stderr)], [1, true], late.stderr);
    const nothing = await as('bob', ['approvals', 'deny', `apr_${'0'.repeat(26)}`]);
    assert.deepEqual([nothing.code, /not_found/.test(nothing.stderr)], [1, true], nothing.stderr);
    await admin(['approvals', 'deny'], 2, strict);
    assert.deepEqual((await strict.ask('GET', 'enrollment-tokens')).data, []);
    const entries = (await strict.audit()).filter((entry) => entry.act === 'approval.denied');
    assert.deepEqual(entries.map((entry) => [entry.actor, entry.subject]), [[ids.bob, first], [ids.alice, second]]);
  } finally {
    await strict.close();
  }
});

test('customers, prices and ledger: made, credited once, corrected, limited, suspended, and it adds up', async () => {
  const made = await adminJson(['customers', 'create', '--name', 'Ada GmbH'], 'POST', kCustomers);
  const id = made.customer_id;
  const balance = async () => (await adminJson(['customers', 'show', id], 'GET', kCustomer)).balance_wei;
  const credit = (amount, reference = 'invoice 17') => ['customers', 'credit', id, `--amount=${amount}`, '--reference', reference];
  assert.match((await admin(credit(1000))).stdout, /^Done: entry ent_[0-9A-Z]{26}\. cus_[0-9A-Z]{26} has 1000 wei, 0 of them reserved\.\n$/);
  assert.match((await admin(credit(1000))).stdout, /was made before; nothing was changed/);
  assert.equal(await balance(), '1000');
  assert.match((await admin(credit(1001), 1)).stderr, /idempotency_key_reused/);
  for (const amount of ['-1', '01', '1e3', '0']) await admin(credit(amount, 'x'), 1);
  await admin(['customers', 'adjust', id, '--direction', 'up', '--amount', '1', '--reference', 'x', '--reason', 'y'], 2);
  assert.match((await admin(['customers', 'adjust', id, '--direction', 'out', '--amount', '30', '--reference', 'typo', '--reason', 'a typo'])).stdout, /has 970 wei/);
  assert.match((await admin(['customers', 'refund', id, '--job', 'job_none'])).stdout, /Nothing is reserved for the job job_none/);
  const entries = await adminJson(['customers', 'entries', id], 'GET', `${kCustomer}/entries`);
  assert.deepEqual(entries.data.map((one) => [one.kind, one.direction, one.balance_after_wei]), [['adjustment', 'out', '970'], ['credit', 'in', '1000']]);

  const file = path.join(control.folder, 'customer.token');
  const token = await control.cli(['admin', 'customers', 'tokens', 'create', id, '--note', 'a server', '--out', file]);
  assert.equal(token.code, 0, token.stderr);
  assert.doesNotMatch(token.stderr + token.stdout, kSecret);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  const secret = fs.readFileSync(file, 'utf8').trim();
  assert.match(secret, /^b3iq_customer_[0-9A-Za-z]{49}$/);
  const look = () => control.call('GET', '/v1/billing/account', { headers: { 'x-b3iq-customer-id': id, 'x-b3iq-customer-token': secret } });
  assert.equal((await look()).json.available_wei, '970');
  assert.match((await admin(['customers', 'suspend', id, '--reason', 'unpaid'])).stdout, /^standing +suspended$/m);
  assert.equal((await look()).json.error.code, 'customer_policy_denied');
  assert.match((await admin(['customers', 'resume', id])).stdout, /^standing +active$/m);
  const policy = ['customers', 'policy', id, '--model', 'paper-1b', '--max-price', '500', '--spend-cap', '9000', '--window-hours', '48'];
  const limited = (await adminJson(policy, 'PUT', `${kCustomer}/policy`)).gateway_policy;
  assert.deepEqual((await look()).json.gateway_policy, limited);
  assert.match((await admin(['customers', 'list'])).stdout, /Ada GmbH/);
  const [row] = rowsOf((await admin(['customers', 'tokens', 'list', id])).stdout);
  assert.deepEqual(row.slice(1, 3), ['active', 'a server']);
  assert.match((await admin(['customers', 'tokens', 'revoke', id, row[0]])).stdout, /opens nothing any more/);
  assert.equal((await look()).json.error.code, 'key_revoked');

  assert.match((await admin(['prices', 'list'])).stdout, /^prices-0 by control-plane.*\n {2}default \(\*\): .*a private job at most 100$/m);
  const [{ classes, fee_basis_points: fee }] = (await adminJson(['prices', 'list'], 'GET', '/v1/admin/price-policies')).data;
  const prices = path.join(control.folder, 'prices.json');
  fs.writeFileSync(prices, JSON.stringify({ classes, fee_basis_points: fee + 1 }));
  assert.match((await admin(['prices', 'set', '--file', prices])).stdout, /^prices-1 by operator/);
  fs.writeFileSync(prices, '{"classes":[]}');
  assert.match((await admin(['prices', 'set', '--file', prices], 1)).stderr, /invalid_request/);
  assert.match((await admin(['prices', 'set', '--file', `${prices}.none`], 1)).stderr, /file_failed/);

  const verified = await admin(['ledger', 'verify']);
  assert.match(verified.stdout, /^The ledger holds: 2 entries/);
  assert.match(verified.stdout, /^customers_wei +970$/m);
  assert.equal((await admin(['ledger', 'verify', '--json'])).json.holds_true, true);
});

test('a ledger that somebody edited is found, with the place', async () => {
  const { DatabaseSync } = await import('node:sqlite');
  const edit = (act) => {
    const database = new DatabaseSync(path.join(control.home, 'control.db'));
    try {
      return act(database);
    } finally {
      database.close();
    }
  };
  await control.stop();
  try {
    const was = edit((database) => database.prepare('SELECT balance_wei FROM ledger_accounts').get().balance_wei);
    edit((database) => database.exec(`UPDATE ledger_accounts SET balance_wei = x'${'f4240'.padStart(64, '0')}'`));
    const done = await control.cli(['admin', 'ledger', 'verify']);
    assert.equal(done.code, 1, done.stderr);
    assert.match(done.stdout, /does not add up: the account's balance is 1000000, and its entries add up to 970\./);
    assert.match(done.stdout, /^customer_id +cus_[0-9A-Z]{26}$/m);
    edit((database) => database.prepare('UPDATE ledger_accounts SET balance_wei = ?').run(was));
    assert.equal((await control.cli(['admin', 'ledger', 'verify'])).code, 0);
  } finally {
    await control.serve();
  }
});

test('the same verbs work on the machine while nothing serves', async () => {
  await control.stop();
  try {
    assert.match((await admin(['nodes', 'tag', node.id, 'offline'])).stdout, /offline/);
    assert.match((await admin(['nodes', 'show', node.id])).stdout, /^tags +offline$/m);
    const queued = await adminJson(['commands', 'queue', '--node', node.id, '--kind', 'agent_update_check'], 'POST', kCommands);
    assert.match((await admin(['commands', 'list'])).stdout, new RegExp(queued.id));
    assert.match((await admin(['commands', 'cancel', queued.id])).stdout, /is cancelled/);
    const file = path.join(control.folder, 'offline.key');
    assert.match((await admin(['credentials', 'create', '--name', 'offline', '--role', 'viewer', '--out', file, '--json'])).json.id, /^adm_/);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    await admin(['nodes', 'show', kNoNode], 1);
  } finally {
    await control.serve();
  }
  assert.equal((await control.asAdmin('GET', 'self', undefined, fs.readFileSync(path.join(control.folder, 'offline.key'), 'utf8').trim())).json.role, 'viewer');
});
