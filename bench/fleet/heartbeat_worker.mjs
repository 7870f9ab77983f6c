// The heartbeat as a Cloudflare Worker with D1: what bench part (o) is compared with. The same request, the same checks (RFC 9421
// profile of src/protocol/http_signature.h), one conditional write that is durable before the answer.
//
// It is given what it can be given: keys stay imported in the isolate, so a heartbeat costs one statement of D1 and no read.
//   POST /v1/nodes/{node_id}/heartbeats   as of the control plane
//   POST /bench/nodes                     [[node_id, public key in base64url], ...]: enrolled without ado; only for the bench
const kInput = /^b3iq=(\("@method" "@path" "@query" "content-digest" "b3iq-audience" "b3iq-sequence"\);created=([0-9]{1,12});nonce="([A-Za-z0-9_-]{22})";keyid="(b3n_[a-z2-7]{32})";tag="b3iq-heartbeat-v1")$/;
const kMaxSkewSeconds = 300;
const kMaxBodyBytes = 512;
const kUtf8 = new TextEncoder();

const imported = new Map();  // node id -> CryptoKey

const refuse = (status, code) => Response.json({ error: { status, code } }, { status });

function bytesOf(text) {
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

const importKey = (raw) => crypto.subtle.importKey('raw', raw, { name: 'Ed25519' }, false, ['verify']);

async function keyOf(env, nodeId) {
  let key = imported.get(nodeId);
  if (key === undefined) {
    const row = await env.DB.prepare('SELECT public_key FROM nodes WHERE node_id = ?').bind(nodeId).first();
    if (!row) return undefined;
    key = await importKey(bytesOf(row.public_key));
    imported.set(nodeId, key);
  }
  return key;
}

async function heartbeat(request, env, path, nodeId) {
  const header = (name) => request.headers.get(name) ?? '';
  const input = kInput.exec(header('signature-input'));
  if (!input || input[4] !== nodeId) return refuse(401, 'invalid_signature');
  const sequence = header('b3iq-sequence');
  if (!/^[1-9][0-9]{0,14}$/.test(sequence) || header('b3iq-audience') !== env.AUDIENCE) return refuse(401, 'invalid_signature');
  const body = new Uint8Array(await request.arrayBuffer());
  if (body.length > kMaxBodyBytes) return refuse(413, 'body_too_large');
  const digest = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', body))));
  if (header('content-digest') !== `sha-256=:${digest}:`) return refuse(401, 'invalid_signature');
  const signature = /^b3iq=:([A-Za-z0-9+/]{86}==):$/.exec(header('signature'));
  const key = await keyOf(env, nodeId);
  if (!signature || key === undefined) return refuse(401, 'not_enrolled');
  const base = `"@method": POST\n"@path": ${path}\n"@query": ?\n"content-digest": ${header('content-digest')}\n` +
    `"b3iq-audience": ${env.AUDIENCE}\n"b3iq-sequence": ${sequence}\n"@signature-params": ${input[1]}`;
  if (!(await crypto.subtle.verify({ name: 'Ed25519' }, key, bytesOf(signature[1]), kUtf8.encode(base)))) return refuse(401, 'invalid_signature');
  const now = Date.now();
  if (Math.abs(now / 1000 - Number(input[2])) > kMaxSkewSeconds) return refuse(401, 'clock_skew');
  let beat;
  try {
    beat = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return refuse(400, 'invalid_json');
  }
  const done = await env.DB.prepare(
    'UPDATE nodes SET sequence = ?2, seen_at_ms = ?3, boot_epoch = ?4, status = ?5, inventory_hash = ?6, readiness_hash = ?7, queue_depth = ?8, ' +
    'agent_version = ?9 WHERE node_id = ?1 AND sequence < ?2',
  ).bind(nodeId, Number(sequence), now, beat.boot_epoch ?? null, beat.status ?? null, beat.inventory_hash ?? null, beat.readiness_hash ?? null,
    beat.queue_depth ?? null, beat.agent_version ?? null).run();
  if (done.meta.changes !== 1) return refuse(409, 'sequence_used');
  return Response.json({ server_time: new Date(now).toISOString(), command_cursor: 0, wanted: [] });
}

async function enrollAll(request, env) {
  await env.DB.prepare(
    'CREATE TABLE IF NOT EXISTS nodes (node_id TEXT PRIMARY KEY, public_key TEXT NOT NULL, sequence INTEGER NOT NULL DEFAULT 0, seen_at_ms INTEGER, ' +
    'boot_epoch INTEGER, status TEXT, inventory_hash TEXT, readiness_hash TEXT, queue_depth INTEGER, agent_version TEXT) WITHOUT ROWID',
  ).run();
  const add = env.DB.prepare('INSERT INTO nodes (node_id, public_key) VALUES (?, ?)');
  const nodes = await request.json();
  await env.DB.batch(nodes.map(([id, key]) => add.bind(id, key)));
  return Response.json({ nodes: nodes.length });
}

export default {
  async fetch(request, env) {
    const path = new URL(request.url).pathname;
    const node = /^\/v1\/nodes\/(b3n_[a-z2-7]{32})\/heartbeats$/.exec(path);
    if (request.method === 'POST' && node) return heartbeat(request, env, path, node[1]);
    if (request.method === 'POST' && path === '/bench/nodes') return enrollAll(request, env);
    if (path === '/bench/sum') return Response.json(await env.DB.prepare('SELECT count(*) AS nodes, sum(sequence) AS sum FROM nodes').first());
    return refuse(404, 'not_found');
  },
};
