// A control plane that serves TLS itself, with a certificate of a private authority, and a real node that is told of that authority:
// enrolled, commanded, with the certificate exchanged, and with certificates that nobody should take.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { after, before, test } from 'node:test';
import { makeCertificate } from './certificate.mjs';
import { controlBin } from './control_plane.mjs';
import { LiveControl, enrollmentOf, linked, noLimits, quickBeats } from './live_control.mjs';
import { faultOf } from './local_schema.mjs';
import { Node, run, until } from './node.mjs';

const kWaitMs = 120_000;
const names = ['localhost', '127.0.0.1'];
const authorityOf = (subject) => makeCertificate({ authority: true, subject, names: [] });
const ours = authorityOf('our authority');
const successor = authorityOf('the authority that follows it');
const leafOf = (issuer, more) => makeCertificate({ issuer, names, ...more });

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-tls-'));
const files = { certificate: path.join(folder, 'control.pem'), key: path.join(folder, 'control.key') };
const caFile = path.join(folder, 'authorities.pem');
let control;
let node;
let url;

// What the control plane has on disk; it reads that when it starts.
function wear({ certificate, key }) {
  fs.writeFileSync(files.certificate, certificate);
  fs.writeFileSync(files.key, key, { mode: 0o600 });
}
// The certificate that is served now, whoever signed it.
function served() {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port: control.port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
const fingerprint = ({ certificate }) => new crypto.X509Certificate(certificate).fingerprint256;
const stateOf = (id) => control.ask('GET', `nodes/${id}`);
async function beats() {
  const { last_heartbeat_at: before } = await stateOf(node.id);
  await until(async () => (await stateOf(node.id)).last_heartbeat_at > (before ?? ''), kWaitMs, 'a heartbeat over TLS');
}
// By a command on the control plane's machine, which needs no certificate.
const lastBeatOnDisk = async () => (await control.admin('nodes', 'list')).data[0].last_heartbeat_at;

before(async () => {
  const first = leafOf(ours);
  wear(first);
  fs.writeFileSync(caFile, ours.certificate + successor.certificate);
  control = await LiveControl.launch({ config: { ...quickBeats, ...noLimits, tls: files }, ca: ours.certificate + successor.certificate });
  control.configure({ listen: `127.0.0.1:${control.port}` });
  url = `https://localhost:${control.port}`;
  assert.match(control.url, /^https:/);
  assert.equal(await served(), fingerprint(first));
  node = await Node.start();
});
after(async () => {
  await node?.close();
  await control?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('a node that knows nothing of the authority does not enroll, and keeps its token; told of it, it enrolls, beats and obeys', { timeout: 300_000 }, async () => {
  const file = path.join(node.home, 'token');
  fs.writeFileSync(file, await control.token(), { mode: 0o600 });
  const words = ['enroll', '--control-plane', url, '--token-file', file, '--json'];
  const refused = await node.cli(words);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stdout + refused.stderr, /control_plane_unreachable/);
  assert.match(refused.stdout + refused.stderr, /managed\.ca_file in config\.json/);
  assert.equal((await enrollmentOf(node)).mode, 'local');
  assert.deepEqual((await control.ask('GET', 'nodes')).data, []);
  assert.equal((await control.ask('GET', 'enrollment-tokens')).data[0].status, 'usable', 'the token did not leave the node');

  await node.stop();
  node.configure({ managed: { ca_file: caFile } });
  await node.serve();
  const enrolled = await node.cli(words);
  assert.equal(enrolled.code, 0, enrolled.stderr + enrolled.stdout);
  node.id = (await node.cli(['status', '--json'])).json.node_id;
  await linked(node, 'connected', kWaitMs);
  await beats();
  const done = await control.endOf((await control.queue(node.id, 'refresh_inventory')).id, kWaitMs);
  assert.equal(done.state, 'succeeded', JSON.stringify(done));
  assert.ok((await stateOf(node.id)).inventory.memory.total_bytes > 0);
});

test('an operator elsewhere names the authority with --ca-file, and without it nothing is sent', { timeout: 120_000 }, async () => {
  const key = path.join(folder, 'admin.key');
  fs.writeFileSync(key, await control.credential('viewer'), { mode: 0o600 });
  const remote = ['admin', '--url', url, '--admin-key-file', key];
  const seen = await run(controlBin, [...remote, '--ca-file', caFile, 'nodes', 'list', '--json']);
  assert.equal(seen.code, 0, seen.stderr);
  assert.deepEqual(seen.json.data.map((one) => one.node_id), [node.id]);
  const refused = await run(controlBin, [...remote, 'nodes', 'list', '--json']);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /issuer certificate/);
});

test('the certificate is exchanged, and then its authority: a restart takes the new one, and the node goes on by itself', { timeout: 300_000 }, async () => {
  for (const leaf of [leafOf(ours), leafOf(successor)]) {
    const old = await served();
    wear(leaf);
    assert.equal(await served(), old, 'new files are read at a restart');
    await control.stop();
    await control.again();
    assert.equal(await served(), fingerprint(leaf));
    await beats();
    await linked(node, 'connected', kWaitMs);
    assert.equal((await control.endOf((await control.queue(node.id, 'route_health_check')).id, kWaitMs)).state, 'succeeded');
  }
});

const kUnknown = /issuer certificate.*managed\.ca_file in config\.json/s;
const strangers = [
  ['of another authority', leafOf(authorityOf('somebody')), kUnknown],
  ['of another authority under the name of ours', leafOf(authorityOf(ours.subject)), /signed by an authority that this machine trusts \(or by managed\.ca_file\)/],
  ['that signed itself', makeCertificate({ names }), /self-signed certificate.*managed\.ca_file in config\.json/s],
  ['that has expired', leafOf(ours, { fromDays: -30, untilDays: -1 }), /certificate has expired.*clock.*renew the certificate/s],
  ['of tomorrow', leafOf(ours, { fromDays: 1 }), /certificate is not yet valid.*clock/s],
  ['for another name', leafOf(ours, { names: ['control.example'] }), /hostname mismatch.*certificate is for another name/s],
];
for (const [what, leaf, told] of strangers) {
  test(`a certificate ${what} is refused, status says how to mend it, and with a good one the node comes back by itself`, { timeout: 300_000 }, async () => {
    await control.stop();
    wear(leaf);
    await control.start();
    assert.equal(await served(), fingerprint(leaf));
    const last = await lastBeatOnDisk();
    const status = await until(async () => {
      const { error } = await enrollmentOf(node);
      return told.test(error?.detail ?? '') && node.cli(['status']);
    }, kWaitMs, `the node to say ${told}`);
    assert.match(status.stdout.replace(/\s+/g, ' '), told);
    assert.equal((await enrollmentOf(node)).error.code, 'control_plane_unreachable');
    assert.equal(await lastBeatOnDisk(), last, 'no heartbeat was sent there');
    await control.stop();
    wear(leafOf(ours));
    await control.again();
    await linked(node, 'connected', kWaitMs);
    await beats();
  });
}

test('unenrolled over TLS: the control plane is told, and the node is local', { timeout: 120_000 }, async () => {
  const left = await node.cli(['unenroll', '--json']);
  assert.equal(left.code, 0, left.stderr);
  assert.equal(faultOf('DELETE', '/setup/v1/enrollment', 200, left.json), '', left.stdout);
  assert.equal(left.json.told, true);
  assert.equal((await stateOf(node.id)).standing, 'removed');
  assert.equal((await enrollmentOf(node)).mode, 'local');
});
