// The node's side, as the program does it (src/protocol/private): for tests, and for whoever builds another node.
import type { Bytes } from "../verify/bytes";
import { decodeRequest, encodeAnswer, type PrivateAnswer, type PrivateRequest } from "./documents";
import { envelopeOf, kMaxRequestBytes, readEnvelope, type SealedEnvelope } from "./envelope";
import { additionalData, JobKeys, type KeyPair, transportKeyId } from "./job_keys";
import { Refusal } from "./refusal";
import { openPart, sealPart } from "./sealed_part";
import { ChunkSealer } from "./stream";

export interface ExpectedRequest {
  jobId: string;
  nodeId: string;
  modelId: string;
}

export class AnswerSealer {
  constructor(
    private readonly expected: ExpectedRequest,
    private readonly clientPublicKey: Bytes,
    private readonly keys: JobKeys,
  ) {}

  /** `nonce` and `prefix` are given by tests of known answers alone. */
  async seal(
    answer: Omit<PrivateAnswer, "jobId" | "nodeId">,
    nonce?: Bytes,
  ): Promise<SealedEnvelope> {
    const { jobId, nodeId } = this.expected;
    const plaintext = encodeAnswer({ ...answer, jobId, nodeId });
    return envelopeOf(
      await sealPart(this.keys, "response", jobId, this.clientPublicKey, plaintext, nonce),
    );
  }

  async sealStream(blockBytes = 0, prefix?: Bytes): Promise<ChunkSealer> {
    const aad = additionalData("response-stream", this.expected.jobId);
    return new ChunkSealer(await this.keys.keyOf("response-stream"), aad, blockBytes, prefix);
  }
}

/** With one of the node's keys, the one before it included. Throws Refusal. */
export async function openRequest(
  pairs: KeyPair[],
  envelope: string | SealedEnvelope,
  expected: ExpectedRequest,
): Promise<{ request: PrivateRequest; sealer: AnswerSealer }> {
  const parts = readEnvelope(envelope, kMaxRequestBytes);
  const ids = await Promise.all(pairs.map((pair) => transportKeyId(pair.publicKey)));
  const pair = pairs[ids.indexOf(parts.keyId)];
  if (!pair) {
    throw new Refusal("transport_key_unknown", "The node has no such transport key.", "key_id");
  }
  const keys = await JobKeys.agree(pair.privateKey, parts.clientPublicKey, {
    client: parts.clientPublicKey,
    node: pair.publicKey,
    keyId: parts.keyId,
  });
  const plaintext = keys && (await openPart(keys, "request", expected.jobId, parts));
  const request = plaintext && decodeRequest(plaintext);
  const isExpected =
    request &&
    request.jobId === expected.jobId &&
    request.nodeId === expected.nodeId &&
    request.modelId === expected.modelId;
  if (!keys || !isExpected) {
    throw new Refusal(
      "invalid_encrypted_request",
      "The sealed request cannot be opened for this job, node and model.",
    );
  }
  return { request, sealer: new AnswerSealer(expected, parts.clientPublicKey, keys) };
}
