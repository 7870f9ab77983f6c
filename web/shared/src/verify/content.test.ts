import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fromBase64Url, fromHex, utf8 } from "./bytes";
import { commitmentOf, splitAnswer } from "./content";
import { readReceiptText } from "./read_receipt";
import { verifyReceipt } from "./verify_receipt";

const here = dirname(fileURLToPath(import.meta.url));
const vectors = JSON.parse(
  readFileSync(join(here, "../../../../tests/vectors/receipts.json"), "utf8"),
) as {
  public_key: string;
  commitment: { salt: string; request: string; response: string; content_commitment: string };
  valid: { signed_document: string }[];
};
const { salt, request, response, content_commitment } = vectors.commitment;
const answer = utf8(`${response},"b3iq":{"receipt_hash":"0x00","receipt_salt":"${salt}"}`);

test("the commitment of the vectors", async () => {
  const bytes = fromBase64Url(salt) ?? new Uint8Array();
  expect(await commitmentOf(bytes, utf8(request), utf8(response))).toBe(content_commitment);
});

test("the b3iq member is taken out of the answer's bytes, and nothing else", () => {
  const wide = utf8(
    `{"a":"€"${new TextDecoder().decode(answer).slice(response.length)}\n\ndata: [DONE]\n\n`,
  );
  const split = splitAnswer(wide);
  expect(new TextDecoder().decode(split?.committed)).toBe('{"a":"€"\n\ndata: [DONE]\n\n');
  expect(splitAnswer(utf8('{"a":1}'))).toBeNull();
  expect(splitAnswer(utf8('{"a":1,"b3iq":{"receipt_salt":"short"}}'))).toBeNull();
});

test("a receipt holds for its own question and answer, and for no other", async () => {
  const key = fromHex(vectors.public_key) ?? new Uint8Array();
  const input = readReceiptText(vectors.valid[0]?.signed_document ?? "");
  const stateOf = async (content: { request: string; answer: Uint8Array<ArrayBuffer> }) => {
    const given = { request: utf8(content.request), answer: content.answer };
    const found = await verifyReceipt(input, key, undefined, given);
    return { holds: found.holds, content: found.steps.at(-1) };
  };
  expect(await stateOf({ request, answer })).toMatchObject({
    holds: true,
    content: { id: "content", state: "passed" },
  });
  expect(await stateOf({ request: `${request} `, answer })).toMatchObject({
    holds: false,
    content: { state: "failed" },
  });
  expect(await stateOf({ request, answer: utf8("{}") })).toMatchObject({
    holds: false,
    content: { state: "failed" },
  });
});
