// The program b3iq and this code, each on one side: what one seals the other opens. Skipped where it is not built.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repoRoot } from "../../../tools/managed_vectors";
import { concat, toBase64Url, utf8 } from "../verify/bytes";
import { canonical } from "../verify/canonical";
import { nodeIdOf } from "../verify/verify_receipt";
import { freshPair, type KeyPair, transportKeyId } from "./job_keys";
import { openRequest } from "./node_side";
import { verifyBinding } from "./verify_binding";

const program = join(process.env.B3IQ_BIN_DIR ?? join(repoRoot, "build/release/bin"), "b3iq");
const { subtle } = globalThis.crypto;

/** A node's identity and transport key of this code's making, and the binding of the two. */
async function madeNode(): Promise<{ nodeId: string; pair: KeyPair; binding: string }> {
  const identity = (await subtle.generateKey({ name: "Ed25519" }, true, ["sign"])) as CryptoKeyPair;
  const publicKey = new Uint8Array(await subtle.exportKey("raw", identity.publicKey));
  const nodeId = await nodeIdOf(publicKey);
  const pair = await freshPair();
  const unsigned = {
    type: "b3iq-transport-key-v1",
    node_id: nodeId,
    public_key_ed25519: toBase64Url(publicKey),
    key_id: await transportKeyId(pair.publicKey),
    public_key_x25519: toBase64Url(pair.publicKey),
    not_before: new Date(Date.now() - 60_000).toISOString(),
    not_after: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const covered = concat(utf8("b3iq-transport-key-v1\0"), utf8(canonical(unsigned)));
  const signature = await subtle.sign({ name: "Ed25519" }, identity.privateKey, covered);
  const signature_ed25519 = toBase64Url(new Uint8Array(signature));
  return { nodeId, pair, binding: canonical({ ...unsigned, signature_ed25519 }) };
}

describe.skipIf(!existsSync(program))("b3iq", () => {
  let folder = "";
  const at = (name: string) => join(folder, name);
  const b3iq = (...words: string[]) => execFileSync(program, words, { encoding: "utf8" });
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "b3iq-customer-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("seals what is opened here, and opens what is sealed here", async () => {
    const { nodeId, pair, binding } = await madeNode();
    const body = '{"model":"llama3.1:8b","messages":[{"role":"user","content":"Grüezi 川"}]}';
    writeFileSync(at("binding"), binding);
    writeFileSync(at("body"), body);
    expect((await verifyBinding(binding, nodeId)).publicKey).toEqual(pair.publicKey);
    expect(b3iq("verify", "binding", at("binding"), "--node", nodeId)).toContain(nodeId);
    const seal = ["--binding", at("binding"), "--node", nodeId, "--body", at("body")];
    const files = ["--out", at("envelope"), "--answer-key", at("key")];
    const said = JSON.parse(b3iq("private", "seal", "--json", ...seal, ...files)) as {
      job_id: string;
      model_id: string;
    };
    const expected = { jobId: said.job_id, nodeId, modelId: said.model_id };
    const envelope = readFileSync(at("envelope"), "utf8").trim();
    const { request, sealer } = await openRequest([pair], envelope, expected);
    expect(request.body).toBe(body);
    const error = '{"code":"overloaded", "n":1.50}';
    const answer = await sealer.seal({ status: "failed", body: error, receipt: null });
    writeFileSync(at("job"), JSON.stringify({ status: "failed", encrypted_response: answer }));
    let printed = "";
    try {
      b3iq("private", "open", "--answer-key", at("key"), at("job"));
    } catch (failure) {
      printed = (failure as { stdout: string }).stdout; // it ends with 1, as the job failed
    }
    expect(printed).toBe(`${error}\n`);
  });
});
