// The golden vectors of the managed plane (tests/vectors/managed_*.json), checked with WebCrypto alone: ids,
// canonical bytes, the signatures of documents and of requests (RFC 9421), hashes, the router secret's
// derivation. It shares no code with the node or the control plane. A sealed box is not opened here: WebCrypto
// has no XSalsa20.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type Identities,
  kNames,
  type Members,
  present,
  repoRoot,
  type SignedRequest,
  vectors,
} from "../../../tools/managed_vectors";
import {
  type Bytes,
  concat,
  fromBase64Url,
  fromHex,
  toBase32,
  toBase64Url,
  toHex,
  utf8,
} from "./bytes";
import { ambiguityIn, canonical } from "./canonical";
import { nodeIdOf } from "./verify_receipt";

const { subtle } = globalThis.crypto;

const base64Url = (text: unknown): Bytes => present(fromBase64Url(String(text)), "base64url");
const hex = (text: string): Bytes => present(fromHex(text), "hexadecimal");
const sha256 = async (data: Bytes): Promise<Bytes> =>
  new Uint8Array(await subtle.digest("SHA-256", data));

function membersOf(text: string): Members {
  expect(ambiguityIn(text)).toBeNull();
  return JSON.parse(text) as Members;
}

// DER heads of a private key's 32 bytes (RFC 8410).
const kPkcs8 = {
  Ed25519: hex("302e020100300506032b657004220420"),
  X25519: hex("302e020100300506032b656e04220420"),
};

async function publicKeyOf(kind: "Ed25519" | "X25519", secret: string): Promise<string> {
  const der = concat(kPkcs8[kind], hex(secret));
  const usages: KeyUsage[] = kind === "Ed25519" ? ["sign"] : ["deriveBits"];
  const key = await subtle.importKey("pkcs8", der, { name: kind }, true, usages);
  return present((await subtle.exportKey("jwk", key)).x, "the public key");
}

async function idOf(prefix: string, label: string, size: number, subject: Bytes): Promise<string> {
  const hash = await sha256(concat(utf8(`${label}\0`), subject));
  return prefix + toBase32(hash.subarray(0, size));
}

interface Signed {
  covered: Bytes;
  signature: Bytes;
  key: Bytes;
}

async function holds({ covered, signature, key }: Signed): Promise<boolean> {
  const imported = await subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return subtle.verify({ name: "Ed25519" }, imported, signature, covered);
}

function flipped(bytes: Bytes, at: number): Bytes {
  return bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
}

/** It holds, and with one bit changed anywhere in what is signed, or in the signature, it does not. */
async function checkSignature(signed: Signed): Promise<void> {
  expect(await holds(signed)).toBe(true);
  const changed = [
    ...Array.from(signed.covered, (_, at) => ({
      ...signed,
      covered: flipped(signed.covered, at),
    })),
    ...Array.from(signed.signature, (_, at) => ({
      ...signed,
      signature: flipped(signed.signature, at),
    })),
  ];
  const taken = await Promise.all(changed.map(holds));
  expect(taken.lastIndexOf(true), "the byte that may be changed").toBe(-1);
}

const kDocumentTypes = [
  "b3iq-command-result-v1",
  "b3iq-enrollment-challenge-v1",
  "b3iq-enrollment-v1",
  "b3iq-receipt-v1",
  "b3iq-transport-key-v1",
] as const;
type DocumentType = (typeof kDocumentTypes)[number];

/** A lasting document: canonical as it stands, and signed by `publicKey` under its own type alone. */
async function checkDocument(
  text: string,
  type: DocumentType,
  publicKey: string,
): Promise<Members> {
  const document = membersOf(text);
  expect(document.type).toBe(type);
  expect(canonical(document)).toBe(text);
  const { signature_ed25519, ...unsigned } = document;
  const under = (domain: string): Signed => ({
    covered: utf8(domain + canonical(unsigned)),
    signature: base64Url(signature_ed25519),
    key: base64Url(publicKey),
  });
  await checkSignature(under(`${type}\0`));
  expect(await holds(under(""))).toBe(false);
  for (const other of kDocumentTypes.filter((one) => one !== type)) {
    expect(await holds(under(`${other}\0`)), other).toBe(false);
  }
  return document;
}

// RFC 9421 section 2.5 for the one profile of docs/protocol/identity.md.
function signatureBase(request: SignedRequest, parameters: string): string {
  return [
    `"@method": ${request.method}`,
    `"@path": ${request.path}`,
    `"@query": ?`,
    `"content-digest": ${request.content_digest}`,
    `"b3iq-audience": ${request.audience}`,
    `"b3iq-sequence": ${request.sequence}`,
    `"@signature-params": ${parameters}`,
  ].join("\n");
}

const kParameters =
  /^b3iq=(\("@method" "@path" "@query" "content-digest" "b3iq-audience" "b3iq-sequence"\);created=\d+;nonce="[\w-]{22}";keyid="(b3n_[a-z2-7]{32})";tag="([a-z0-9-]+)")$/;

async function digestOf(body: string): Promise<string> {
  const hash = await sha256(utf8(body));
  return `sha-256=:${btoa(String.fromCharCode(...hash))}:`;
}

/** A request signed by the vectors' node for its control plane under `tag` alone; its body. */
async function checkRequest(
  request: SignedRequest,
  identities: Identities,
  tag: string,
): Promise<Members> {
  const [, parameters = "", keyId, signedTag] = present(
    kParameters.exec(request.signature_input),
    "signature-input",
  );
  expect([request.tag, signedTag]).toEqual([tag, tag]);
  expect(keyId).toBe(identities.node_id);
  expect(request.audience).toBe(identities.control_plane_id);
  expect(request.content_digest).toBe(await digestOf(request.body));
  expect(request.content_digest).not.toBe(await digestOf(`${request.body} `));
  const [, base64 = ""] = present(/^b3iq=:(\S+):$/.exec(request.signature), "signature");
  const signed = (base: string): Signed => ({
    covered: utf8(base),
    signature: Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)),
    key: base64Url(identities.node_public_key),
  });
  await checkSignature(signed(signatureBase(request, parameters)));
  const otherTag = parameters.replace(`tag="${tag}"`, 'tag="b3iq-other-v1"');
  expect(await holds(signed(signatureBase(request, otherTag)))).toBe(false);
  return membersOf(request.body);
}

describe.each(kNames)("managed_%s.json", (name) => {
  test("the ids follow from the keys", async () => {
    const v = vectors(name);
    expect(await publicKeyOf("Ed25519", v.node_seed)).toBe(v.node_public_key);
    expect(await publicKeyOf("Ed25519", v.control_plane_seed)).toBe(v.control_plane_public_key);
    expect(await nodeIdOf(base64Url(v.node_public_key))).toBe(v.node_id);
    const key = base64Url(v.control_plane_public_key);
    expect(await idOf("b3c_", "b3iq-control-plane-id-v1", 20, key)).toBe(v.control_plane_id);
  });
});

test("there is no vector file that nobody checks here", () => {
  const files = readdirSync(join(repoRoot, "tests/vectors")).filter((file) =>
    /^managed_/.test(file),
  );
  expect(files.sort()).toEqual(kNames.map((name) => `managed_${name}.json`));
});

test("the binding is signed by the node and names its own key", async () => {
  const v = vectors("transport_key_binding");
  const binding = await checkDocument(v.signed_binding, "b3iq-transport-key-v1", v.node_public_key);
  expect(await publicKeyOf("X25519", v.transport_secret)).toBe(v.transport_public_key);
  expect(binding).toMatchObject({
    key_id: v.key_id,
    node_id: v.node_id,
    public_key_ed25519: v.node_public_key,
    public_key_x25519: v.transport_public_key,
  });
  const key = base64Url(v.transport_public_key);
  expect(await idOf("b3x_", "b3iq-transport-key-v1", 10, key)).toBe(v.key_id);
  expect(String(binding.not_before) < v.now && v.now < String(binding.not_after)).toBe(true);
});

test("the challenge is signed by the control plane that it names", async () => {
  const v = vectors("challenge");
  const request = membersOf(v.request);
  expect(Object.keys(request).sort()).toEqual([
    "enrollment_token",
    "node_id",
    "public_key_ed25519",
  ]);
  expect(request.enrollment_token).toMatch(/^b3iq_enroll_[0-9A-Za-z]{49}$/);
  const challenge = await checkDocument(
    v.challenge,
    "b3iq-enrollment-challenge-v1",
    v.control_plane_public_key,
  );
  expect(challenge).toMatchObject({
    control_plane_id: v.control_plane_id,
    public_key_ed25519: v.control_plane_public_key,
    node_id: v.node_id,
  });
  expect(base64Url(challenge.nonce).length).toBe(32);
  const lifetimeMs =
    Date.parse(String(challenge.expires_at)) - Date.parse(String(challenge.server_time));
  expect(lifetimeMs).toBe(120_000);
});

test("the statement answers the challenge and carries the binding", async () => {
  const v = vectors("enrollment");
  const statement = await checkDocument(v.statement, "b3iq-enrollment-v1", v.node_public_key);
  const challenge = membersOf(vectors("challenge").challenge);
  expect(statement).toMatchObject({
    challenge_nonce: challenge.nonce,
    challenge_id: challenge.challenge_id,
    control_plane_id: challenge.control_plane_id,
  });
  const binding = canonical(present(statement.transport_key, "transport_key"));
  await checkDocument(binding, "b3iq-transport-key-v1", v.node_public_key);
  expect(await checkRequest(v.request, v, "b3iq-enroll-v1")).toEqual(statement);
});

test("the router secret is derived, and its id says nothing of it", async () => {
  const v = vectors("enrollment");
  const subject = `${v.node_id}\0${v.router_generation}`;
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const master = await subtle.importKey("raw", hex(v.router_master), hmac, false, ["sign"]);
  const secret = await subtle.sign("HMAC", master, utf8(`b3iq-router-secret-v1\0${subject}`));
  expect(toHex(new Uint8Array(secret))).toBe(v.router_secret);
  expect(await idOf("b3r_", "b3iq-router-key-v1", 10, utf8(subject))).toBe(v.router_key_id);
  const answer = membersOf(v.answer);
  expect(answer.router_key_id).toBe(v.router_key_id);
  expect(base64Url(answer.router_secret_sealed).length).toBe(32 + 48);
});

test("a node leaves by a signed request of its own tag", async () => {
  const v = vectors("enrollment");
  const body = await checkRequest(v.unenroll, v, "b3iq-unenroll-v1");
  expect(Object.keys(body)).toEqual(["boot_epoch"]);
});

test("the heartbeat is signed, small, and its hashes are of the inventory", async () => {
  const v = vectors("heartbeat");
  const { inventory_hash, readiness_hash } = vectors("inventory");
  const heartbeat = await checkRequest(v.request, v, "b3iq-heartbeat-v1");
  expect(utf8(v.request.body).length).toBeLessThan(512);
  expect(heartbeat).toMatchObject({ inventory_hash, readiness_hash });
  expect(membersOf(v.clock_skew_error)).toMatchObject({ error: { skew_seconds: -601 } });
  expect(membersOf(v.replay_error)).toMatchObject({ error: { last_sequence: 17 } });
});

test("the inventory hashes are of the canonical parts", async () => {
  const v = vectors("inventory");
  const report = await checkRequest(v.request, v, "b3iq-inventory-v1");
  for (const part of ["inventory", "readiness"] as const) {
    expect(canonical(present(report[part], part))).toBe(v[part]);
    expect(toBase64Url(await sha256(utf8(v[part])))).toBe(v[`${part}_hash`]);
    const changed = flipped(utf8(v[part]), 0);
    expect(toBase64Url(await sha256(changed))).not.toBe(v[`${part}_hash`]);
  }
  const { models } = membersOf(v.readiness) as unknown as { models: { model_id: string }[] };
  const ids = models.map((model) => model.model_id);
  expect(ids).toEqual([...ids].sort());
});

test("the poll is signed and the answers bring one command of each kind", async () => {
  const v = vectors("poll");
  const poll = await checkRequest(v.request, v, "b3iq-poll-v1");
  expect(poll.wait_seconds).toBeLessThanOrEqual(25);
  for (const { kind, answer } of v.answers) {
    const { commands } = membersOf(answer) as unknown as { commands: Members[] };
    const command = present(commands[0], "the command");
    expect(command.kind).toBe(kind);
    expect(base64Url(command.lease_token).length).toBe(16);
  }
  expect(new Set(v.answers.map(({ kind }) => kind)).size).toBe(10);
});

describe("results", () => {
  const v = vectors("result");

  test.each(v.results)("$name is a lasting document of the node", async (one) => {
    const result = await checkDocument(one.document, "b3iq-command-result-v1", v.node_public_key);
    expect(result).toMatchObject({ node_id: v.node_id, control_plane_id: v.control_plane_id });
    expect(toHex(await sha256(utf8(one.document)))).toBe(one.document_hash);
    expect(toHex(await sha256(flipped(utf8(one.document), 0)))).not.toBe(one.document_hash);
    expect(result.status).toBe(one.name === "failed" ? "failed" : "succeeded");
    if (one.name !== "failed") expect(result.kind).toBe(one.name);
    expect("result" in result).not.toBe("error" in result);
  });

  test("one of each kind and a failure are there; the request carries the first", async () => {
    expect(v.results.length).toBe(11);
    const body = await checkRequest(v.request, v, "b3iq-result-v1");
    expect(canonical(present(body.signed_result, "signed_result"))).toBe(v.results[0]?.document);
  });
});

test("the verdict on a node of which nothing is known names every blocker of its gates", () => {
  const v = vectors("readiness");
  expect(v.blockers.length).toBe(21);
  const gates = ["node", "route", "protocol", "model", "customer"];
  const order = v.blockers.map(({ gate }) => gates.indexOf(gate));
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(order).not.toContain(-1);
  expect(v.nothing_known.ready).toBe(false);
  expect(v.nothing_known.blockers).toEqual(
    v.blockers.filter(
      ({ gate, code }) => gate !== "customer" && code !== "observed_benchmark_stale",
    ),
  );
});
