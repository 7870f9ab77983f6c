// The vectors of the protocol, made by an independent program, checked with Node's WebCrypto.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { fromHex, toBase64Url } from "./bytes";
import { readPublicKey, readReceiptText } from "./read_receipt";
import { missingCrypto, nodeIdOf, signedText, verifyReceipt } from "./verify_receipt";

interface Vectors {
  public_key: string;
  node_id: string;
  valid: { name: string; document: string; signed_document: string; receipt_hash: string }[];
  refused: { name: string; fails_at: "decode" | "verify"; receipt: string }[];
}
const here = dirname(fileURLToPath(import.meta.url));
const file = join(here, "../../../../tests/vectors/receipts.json");
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const key = readPublicKey(vectors.public_key) ?? new Uint8Array();

const statesOf = (steps: { id: string; state: string }[]) =>
  Object.fromEntries(steps.map((step) => [step.id, step.state]));

test("there are vectors of both kinds", () => {
  expect(vectors.valid.length).toBeGreaterThanOrEqual(4);
  expect(vectors.refused.length).toBeGreaterThanOrEqual(35);
});

test("the node id is the key's", async () => {
  expect(await nodeIdOf(key)).toBe(vectors.node_id);
});

for (const valid of vectors.valid) {
  test(`holds: ${valid.name}`, async () => {
    const input = readReceiptText(valid.signed_document);
    const found = await verifyReceipt({ ...input, statedHash: valid.receipt_hash }, key);
    expect(found.steps.map((step) => step.detail).join(" ")).not.toContain("None was given");
    expect(found.holds).toBe(true);
    expect(found.hash).toBe(valid.receipt_hash);
    expect(found.receipt && signedText(found.receipt)).toBe(valid.document);
  });
}

for (const refused of vectors.refused) {
  test(`refused (${refused.fails_at}): ${refused.name}`, async () => {
    const check = async () => verifyReceipt(readReceiptText(refused.receipt), key);
    let states: Record<string, string>;
    try {
      const found = await check();
      expect(found.holds).toBe(false);
      states = statesOf(found.steps);
    } catch (error) {
      expect((error as Error).message).toMatch(/\.$/);
      states = { form: "failed" };
    }
    if (refused.fails_at === "decode") expect(states.form).toBe("failed");
    else expect([states.node, states.signature]).toContain("failed");
  });
}

const [first] = vectors.valid;
const goodText = first?.signed_document ?? "";

test("a stated hash that is another one fails, and nothing else does", async () => {
  const found = await verifyReceipt(
    { receipt: JSON.parse(goodText), statedHash: `0x${"0".repeat(64)}` },
    key,
  );
  expect(found.holds).toBe(false);
  expect(statesOf(found.steps)).toEqual({
    form: "passed",
    node: "passed",
    hash: "failed",
    signature: "passed",
  });
});

test("another node's key fails at the node id and the signature", async () => {
  const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
  const other = new Uint8Array(
    await crypto.subtle.exportKey("raw", (pair as CryptoKeyPair).publicKey),
  );
  const found = await verifyReceipt(readReceiptText(goodText), other);
  expect(statesOf(found.steps)).toMatchObject({ node: "failed", signature: "failed" });
});

test("a page that is not secure checks the form alone and calls the receipt neither good nor bad", async () => {
  vi.stubGlobal("crypto", {});
  try {
    expect(await missingCrypto()).toBe("secure_context");
    const found = await verifyReceipt(readReceiptText(goodText), key);
    expect(found.holds).toBeNull();
    expect(statesOf(found.steps)).toMatchObject({ form: "passed", signature: "unknown" });
  } finally {
    vi.unstubAllGlobals();
  }
  expect(await missingCrypto()).toBeNull();
});

test("a browser without Ed25519 says so and does not call the receipt good or bad", async () => {
  const noEd25519 = {
    digest: (name: string, data: BufferSource) => crypto.subtle.digest(name, data),
    importKey: () => Promise.reject(new DOMException("no", "NotSupportedError")),
  } as unknown as SubtleCrypto;
  expect(await missingCrypto(noEd25519)).toBe("ed25519");
  const found = await verifyReceipt(readReceiptText(goodText), key, noEd25519);
  expect(found.holds).toBeNull();
  expect(statesOf(found.steps)).toMatchObject({ hash: "passed", signature: "unknown" });
});

test("receipts are read as the node lists them, alone and in a list of one", () => {
  const entry = `{"seq":1,"receipt_hash":"0xab","receipt":${goodText}}`;
  expect(readReceiptText(entry).statedHash).toBe("0xab");
  expect(readReceiptText(`{"object":"list","data":[${entry}]}`).statedHash).toBe("0xab");
  expect(() => readReceiptText(`{"data":[${entry},${entry}]}`)).toThrow(/one of them alone/);
  expect(() => readReceiptText("receipt")).toThrow(/not JSON/);
  expect(() => readReceiptText("[]")).toThrow(/no JSON object/);
});

test("what JSON.parse hides is refused: a member twice, a number with a point", () => {
  const twice = goodText.replace("{", '{"model_id":"other",');
  expect(() => readReceiptText(twice)).toThrow(/model_id stands twice/);
  const escaped = goodText.replace("{", '{"model\\u005fid":"other",');
  expect(() => readReceiptText(escaped)).toThrow(/stands twice/);
  expect(() => readReceiptText(goodText.replace(":12,", ":12.0,"))).toThrow(/whole number/);
  expect(() => readReceiptText(goodText.replace(":12,", ":1.2e1,"))).toThrow(/whole number/);
});

test("a public key is read in base64url and in hexadecimal", () => {
  const bytes = fromHex(vectors.public_key) ?? new Uint8Array();
  expect(readPublicKey(` ${toBase64Url(bytes)}\n`)).toEqual(key);
  expect(readPublicKey(vectors.public_key)).toEqual(key);
  expect(readPublicKey("b3n_abc")).toBeNull();
  expect(readPublicKey(`${toBase64Url(bytes)}=`)).toBeNull();
});

test("a member that every JavaScript object has by itself is an unknown one all the same", async () => {
  for (const name of ["constructor", "toString", "__proto__"]) {
    const found = await verifyReceipt(
      readReceiptText(goodText.replace("{", `{"${name}":"x",`)),
      key,
    );
    expect(statesOf(found.steps).form, name).toBe("failed");
    expect(JSON.stringify(found.steps)).toContain(`no member ${name}.`);
  }
});
