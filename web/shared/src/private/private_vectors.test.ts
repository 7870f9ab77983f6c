// The golden vectors of private transport (tests/vectors/private_transport.json), which the node's own code made:
// every key, plaintext, envelope and frame is made here again, and everything refused there is refused here.
import { describe, expect, test } from "vitest";
import { present } from "../../../tools/managed_vectors";
import { privateVectors } from "../../../tools/private_vectors";
import { type Bytes, concat, fromBase64Url, fromHex, toHex, utf8 } from "../verify/bytes";
import { commitmentOf } from "../verify/content";
import { AnswerOpener } from "./answer_opener";
import { decodeAnswer, decodeRequest, encodeAnswer, encodeRequest } from "./documents";
import { envelopeOf, kMaxAnswerBytes, kMaxRequestBytes, readEnvelope } from "./envelope";
import { additionalData, JobKeys, type KeyPair, transportKeyId } from "./job_keys";
import { openRequest } from "./node_side";
import { padmeLength } from "./padding";
import { Refusal } from "./refusal";
import { sealPart } from "./sealed_part";
import { readFrame } from "./stream";

const vectors = privateVectors();
const v = { ...vectors, ...vectors.given, ...vectors.derived };
const { subtle } = globalThis.crypto;
const hex = (text: string): Bytes => present(fromHex(text), "hexadecimal");
const base64Url = (text: string): Bytes => present(fromBase64Url(text), "base64url");
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const kPkcs8 = hex("302e020100300506032b656e04220420"); // RFC 8410

async function pairOf(secret: string, publicKey: string): Promise<KeyPair> {
  const der = concat(kPkcs8, hex(secret));
  const usages: KeyUsage[] = ["deriveKey", "deriveBits"];
  const privateKey = await subtle.importKey("pkcs8", der, { name: "X25519" }, true, usages);
  expect((await subtle.exportKey("jwk", privateKey)).x).toBe(publicKey);
  return { privateKey, publicKey: base64Url(publicKey) };
}
const clientPair = await pairOf(v.client_secret, v.client_public_key);
const nodePair = await pairOf(v.transport_secret, v.transport_public_key);
const sides = { client: clientPair.publicKey, node: nodePair.publicKey, keyId: v.key_id };
const clientKeys = present(
  await JobKeys.agree(clientPair.privateKey, nodePair.publicKey, sides),
  "the customer's keys",
);
const nodeKeys = present(
  await JobKeys.agree(nodePair.privateKey, clientPair.publicKey, sides),
  "the node's keys",
);
const opener = () => new AnswerOpener(v.job_id, v.node_id, clientPair.publicKey, clientKeys);
const expected = { jobId: v.job_id, nodeId: v.node_id, modelId: v.model_id };

async function codeOf(work: () => Promise<unknown>): Promise<[string, string]> {
  try {
    await work();
    return ["opened", ""];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [error.code, error.param];
  }
}

test("both sides derive the keys of the vectors", async () => {
  for (const keys of [clientKeys, nodeKeys]) {
    expect(toHex(await keys.keyOf("request"))).toBe(v.request_key);
    expect(toHex(await keys.keyOf("response"))).toBe(v.response_key);
    expect(toHex(await keys.keyOf("response-stream"))).toBe(v.stream_key);
  }
  expect(await transportKeyId(nodePair.publicKey)).toBe(v.key_id);
  expect(text(additionalData("request", v.job_id))).toBe(v.request_aad);
  expect(text(additionalData("response", v.job_id))).toBe(v.response_aad);
  expect(text(additionalData("response-stream", v.job_id))).toBe(v.stream_aad);
});

// The steps of the derivation one by one, of HMAC alone: what the platform's HKDF does inside.
test("the shared secret, prk and keys follow by the formula", async () => {
  const hmac = async (key: Bytes, data: Bytes): Promise<Bytes> => {
    const how = { name: "HMAC", hash: "SHA-256" };
    const imported = await subtle.importKey("raw", key, how, false, ["sign"]);
    return new Uint8Array(await subtle.sign("HMAC", imported, data));
  };
  const other = await subtle.importKey("raw", nodePair.publicKey, { name: "X25519" }, true, []);
  const how = { name: "X25519", public: other };
  const shared = new Uint8Array(await subtle.deriveBits(how, clientPair.privateKey, 256));
  expect(toHex(shared)).toBe(v.shared);
  const prk = await hmac(concat(clientPair.publicKey, nodePair.publicKey), shared);
  expect(toHex(prk)).toBe(v.prk);
  const info = utf8(`b3iq-private-transport-v1 request\0${v.key_id}\x01`);
  expect(toHex(await hmac(prk, info))).toBe(v.request_key);
});

test("padded lengths", () => {
  const sizes = Object.entries(v.padme);
  expect(sizes.length).toBeGreaterThan(10);
  for (const [size, length] of sizes) expect(padmeLength(Number(size)), size).toBe(length);
  for (let size = 1; size < 70_000; size += 1) {
    const length = padmeLength(size);
    if (length < size || padmeLength(length) !== length) expect.fail(`${size} gives ${length}`);
  }
});

describe("the request", () => {
  test("is made byte for byte", async () => {
    const customerNonce = base64Url(v.customer_nonce);
    const plaintext = encodeRequest({ ...expected, customerNonce, body: v.request.body });
    expect(text(plaintext)).toBe(v.request.plaintext);
    const nonce = hex(v.request.nonce);
    const made = envelopeOf(
      await sealPart(clientKeys, "request", v.job_id, clientPair.publicKey, plaintext, nonce),
    );
    expect(made).toEqual(v.request.envelope);
  });

  test("is opened by the node's side", async () => {
    const { request } = await openRequest([nodePair], v.request.envelope, expected);
    expect(request).toEqual({
      ...expected,
      customerNonce: base64Url(v.customer_nonce),
      body: v.request.body,
    });
    const again = JSON.stringify(v.request.envelope);
    expect((await openRequest([nodePair], again, expected)).request.body).toBe(v.request.body);
  });

  test.each(v.refused_requests)("is refused: $name", async (one) => {
    const where = { jobId: one.job_id, nodeId: one.node_id, modelId: one.model_id };
    const [code, param] = await codeOf(() => openRequest([nodePair], one.envelope, where));
    expect([code, param]).toEqual([one.code, one.param]);
  });

  test("the vectors refuse many things", () => {
    expect(v.refused_requests.length).toBeGreaterThan(45);
  });
});

describe.each(v.answers)("the answer, $status", (one) => {
  const receipt = one.receipt ? { document: one.receipt, salt: base64Url(one.receipt_salt) } : null;

  test("is made byte for byte", async () => {
    const { sealer } = await openRequest([nodePair], v.request.envelope, expected);
    const plaintext = encodeAnswer({ ...expected, status: one.status, body: one.body, receipt });
    expect(text(plaintext)).toBe(one.plaintext);
    const made = await sealer.seal({ status: one.status, body: one.body, receipt }, hex(one.nonce));
    expect(made).toEqual(one.envelope);
  });

  test("is opened by the customer", async () => {
    const answer = await opener().open(one.envelope);
    expect(answer).toEqual({
      jobId: v.job_id,
      nodeId: v.node_id,
      status: one.status,
      body: one.body,
      receipt,
    });
  });

  test("is opened by nobody else", async () => {
    const other = new AnswerOpener("other", v.node_id, clientPair.publicKey, clientKeys);
    expect((await codeOf(() => other.open(one.envelope)))[0]).toBe("data_corrupt");
    const node = `b3n_${"a".repeat(32)}`;
    const elsewhere = new AnswerOpener(v.job_id, node, clientPair.publicKey, clientKeys);
    expect((await codeOf(() => elsewhere.open(one.envelope)))[0]).toBe("data_corrupt");
  });
});

test.each(v.refused_answers)("an answer is refused: $name", async ({ envelope }) => {
  expect(await codeOf(() => opener().open(envelope))).toEqual(["data_corrupt", ""]);
});

describe.each(v.streams)("a stream in blocks of $block_bytes", (one) => {
  test("is made byte for byte", async () => {
    const { sealer } = await openRequest([nodePair], v.request.envelope, expected);
    const stream = await sealer.sealStream(one.block_bytes, hex(one.prefix));
    const frames = one.pieces.map((piece, at) =>
      stream.seal(utf8(piece), at + 1 === one.pieces.length ? "last" : "more"),
    );
    expect(frames).toEqual(one.frames);
    expect(() => stream.seal(utf8(""), "last")).toThrow("ended");
  });

  test("is opened by the customer", async () => {
    const stream = await opener().openStream();
    const pieces = one.frames.map((frame) => text(stream.open(frame)));
    expect(pieces).toEqual(one.pieces);
    expect(stream.ended).toBe(true);
    expect(stream.nextNumber).toBe(one.frames.length);
    stream.finish();
  });
});

test.each(v.refused_frames)("a frame is refused: $name", async ({ frame, zeros }) => {
  const nonce = (JSON.parse(v.streams[0]?.frames[0] ?? "") as { nonce: string }).nonce;
  const ciphertext = zeros && btoa("\0".repeat(zeros)).replaceAll("=", "");
  const made = frame ?? JSON.stringify({ nonce, ciphertext });
  expect(readFrame(made)).toBeNull();
  const stream = await opener().openStream();
  expect(() => stream.open(made)).toThrow(Refusal);
});

test.each(v.refused_streams)("a stream is refused: $name", async ({ opened, frames }) => {
  const stream = await opener().openStream();
  for (const frame of frames.slice(0, opened)) stream.open(frame);
  if (opened < frames.length) {
    expect(() => stream.open(frames[opened] ?? "")).toThrow(Refusal);
    expect(() => stream.open(frames[0] ?? ""), "nothing after a failure").toThrow(Refusal);
  }
  expect(stream.ended).toBe(false);
  expect(() => stream.finish()).toThrow(Refusal);
});

test("any bit of the envelope's bytes changed, and it is not opened", async () => {
  const parts = readEnvelope(v.request.envelope, kMaxRequestBytes);
  const answer = readEnvelope(v.answers[0]?.envelope ?? "", kMaxAnswerBytes);
  const flipped = (bytes: Bytes, at: number): Bytes =>
    bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
  for (const member of ["nonce", "ciphertext", "aadHash"] as const) {
    for (let at = 0; at < present(parts[member], member).length; at += 7) {
      const bad = envelopeOf({ ...parts, [member]: flipped(present(parts[member], member), at) });
      const [code] = await codeOf(() => openRequest([nodePair], bad, expected));
      expect(code, `${member} ${at}`).toBe("invalid_encrypted_request");
    }
    const bad = envelopeOf({ ...answer, [member]: flipped(present(answer[member], member), 1) });
    expect((await codeOf(() => opener().open(bad)))[0], member).toBe("data_corrupt");
  }
});

test("the receipt commits to the bytes of request and response", async () => {
  const { receipt } = await opener().open(vectors.answers[0]?.envelope ?? "");
  const { document, salt } = present(receipt, "the receipt");
  const commitment = await commitmentOf(
    salt,
    utf8(v.request.body),
    utf8(vectors.answers[0]?.body ?? ""),
  );
  expect((JSON.parse(document) as { content_commitment: string }).content_commitment).toBe(
    commitment,
  );
});

test("the inner documents are those that the decoders read", () => {
  expect(decodeRequest(utf8(v.request.plaintext))?.body).toBe(v.request.body);
  for (const one of v.answers) expect(decodeAnswer(utf8(one.plaintext))?.body).toBe(one.body);
  expect(decodeRequest(utf8(`${v.request.plaintext} `))).toBeNull();
});
