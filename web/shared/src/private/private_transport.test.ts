// Sealed here and opened here, with fresh keys: what known answers do not show.
import { expect, test } from "vitest";
import { present, vectors } from "../../../tools/managed_vectors";
import { type Bytes, fromBase64Url, utf8 } from "../verify/bytes";
import { freshPair, type KeyPair, transportKeyId, usableKey } from "./job_keys";
import { openRequest } from "./node_side";
import { Refusal } from "./refusal";
import { sealRequest } from "./seal_request";
import { strictObject } from "./strict_json";
import { verifyBinding } from "./verify_binding";

const nodeId = `b3n_${"a".repeat(32)}`;
const request = { jobId: "a-job", nodeId, modelId: "llama3.1:8b", body: '{"messages":[]}' };

async function nodeKey(): Promise<{ pair: KeyPair; key: { publicKey: Bytes; keyId: string } }> {
  const pair = await freshPair();
  return { pair, key: { publicKey: pair.publicKey, keyId: await transportKeyId(pair.publicKey) } };
}

test("a request, its answer and a stream go there and back", async () => {
  const { pair, key } = await nodeKey();
  const { envelope, answers } = await sealRequest(request, key);
  const job = await openRequest([await freshPair(), pair], envelope, request);
  expect(job.request.body).toBe(request.body);
  const answer = { status: "failed", body: '{"code":"overloaded"}', receipt: null } as const;
  expect(await answers.open(await job.sealer.seal(answer))).toMatchObject(answer);
  const sealer = await job.sealer.sealStream(64);
  const stream = await answers.openStream();
  const said = ["one", "", "two", "…and three"];
  const heard = said.map((piece, at) =>
    new TextDecoder().decode(
      stream.open(sealer.seal(utf8(piece), at === said.length - 1 ? "last" : "more")),
    ),
  );
  expect(heard).toEqual(said);
  stream.finish();
});

test("G5_64: every sealing has its own key pair and nonce", async () => {
  const { key } = await nodeKey();
  const all = await Promise.all(Array.from({ length: 20 }, () => sealRequest(request, key)));
  expect(new Set(all.map(({ envelope }) => envelope.client_public_key_x25519)).size).toBe(20);
  expect(new Set(all.map(({ envelope }) => envelope.nonce)).size).toBe(20);
});

test("G5_61: another request's answer is not opened", async () => {
  const { pair, key } = await nodeKey();
  const [one, two] = await Promise.all([sealRequest(request, key), sealRequest(request, key)]);
  const job = await openRequest([pair], one.envelope, request);
  const answer = await job.sealer.seal({ status: "failed", body: "{}", receipt: null });
  await expect(one.answers.open(answer)).resolves.toBeTruthy();
  await expect(two.answers.open(answer)).rejects.toThrow(Refusal);
});

test("a megabyte is sealed and opened, and a byte more is not", async () => {
  const { pair, key } = await nodeKey();
  const body = (size: number) => `{"a":"${"x".repeat(size)}"}`;
  const sealed = await sealRequest({ ...request, body: body(1_000_000) }, key);
  const job = await openRequest([pair], sealed.envelope, request);
  expect(job.request.body.length).toBe(1_000_008);
  const tooLong = { ...request, body: body(1_048_576) };
  await expect(sealRequest(tooLong, key)).rejects.toMatchObject({ code: "payload_too_large" });
});

test("what cannot be sealed is refused", async () => {
  const { key } = await nodeKey();
  for (const body of ["", "[]", "{", '{"a":1,"a":2}', '{"a":"\\ud800"}', " {}", '{},"x":{}']) {
    const refused = sealRequest({ ...request, body }, key);
    await expect(refused, body).rejects.toMatchObject({ code: "invalid_json" });
  }
  const jobId = "a job";
  await expect(sealRequest({ ...request, jobId }, key)).rejects.toMatchObject({ param: "job_id" });
  const low = new Uint8Array(32);
  const lowKey = { publicKey: low, keyId: await transportKeyId(low) };
  await expect(sealRequest(request, lowKey)).rejects.toThrow(Refusal);
  const wrong = { ...key, keyId: "b3x_aaaaaaaaaaaaaaaa" };
  await expect(sealRequest(request, wrong)).rejects.toThrow(Refusal);
});

test("G5_59: keys of low order and other spellings are told", () => {
  const at = (value: bigint) =>
    Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
  const p = 2n ** 255n - 19n;
  for (const bad of [0n, 1n, p - 1n, p, p + 1n, p + 18n, 2n ** 255n, 2n ** 255n + 9n]) {
    expect(usableKey(at(bad)), String(bad)).toBe(false);
  }
  for (const good of [2n, 9n, p - 2n]) expect(usableKey(at(good)), String(good)).toBe(true);
  expect(usableKey(new Uint8Array(31).fill(9))).toBe(false);
});

test("strict JSON tells what JSON.parse does not", () => {
  const text = '{"a" : {"b":[1,"}\\""]} ,"c":"x", "\\u0064":1,"e":-1.5e3 }';
  const object = present(strictObject(text), "the object");
  expect([...object.texts]).toEqual([
    ["a", '{"b":[1,"}\\""]}'],
    ["c", '"x"'],
    ["e", "-1.5e3"],
  ]);
  for (const bad of [
    "",
    "[]",
    "{",
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"a":{"b":1,"b":2}}',
    '{"a":[{"b":1,"b":1}]}',
    '{"a":"\\ud800"}',
    '{"\\udc00":1}',
    '{"a":1} ',
    `{"a":${"[".repeat(65)}${"]".repeat(65)}}`,
  ]) {
    expect(strictObject(bad), bad).toBeNull();
  }
  expect(strictObject('{"a":[{"b":1},{"b":1}],"b":1}')).not.toBeNull();
});

// CASES G5, 67.
test("G5_67: a swapped transport key is caught", async () => {
  const v = vectors("transport_key_binding");
  const now = Date.parse(v.now);
  const key = await verifyBinding(v.signed_binding, v.node_id, now);
  expect(key.keyId).toBe(v.key_id);
  expect(key.publicKey).toEqual(fromBase64Url(v.transport_public_key));
  const changed = (name: string, value: string) =>
    JSON.stringify({ ...(JSON.parse(v.signed_binding) as object), [name]: value });
  const { key: other } = await nodeKey();
  const swapped = changed("key_id", other.keyId);
  const refused = async (text: string, node = v.node_id, at = now) =>
    expect(verifyBinding(text, node, at)).rejects.toThrow(Refusal);
  await refused(swapped);
  await refused(changed("not_after", "2028-02-19T09:29:59.123Z"));
  await refused(changed("type", "b3iq-receipt-v1"));
  await refused(changed("more", "x"));
  await refused(v.signed_binding, nodeId);
  await refused(v.signed_binding, v.node_id, now + 400 * 86_400_000);
  await refused(v.signed_binding, v.node_id, now - 86_400_000);
  await refused("not json");
  await expect(verifyBinding(v.signed_binding, v.node_id, now - 200_000)).resolves.toBeTruthy();
});
