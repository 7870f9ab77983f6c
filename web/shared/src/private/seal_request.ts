// The customer's side: one request sealed to one node. There is no object that could seal twice: each call
// makes a fresh key pair and forgets its secret.
import type { Bytes } from "../verify/bytes";
import { AnswerOpener } from "./answer_opener";
import { encodeRequest } from "./documents";
import { envelopeOf, type SealedEnvelope } from "./envelope";
import { freshPair, JobKeys, transportKeyId } from "./job_keys";
import { Refusal } from "./refusal";
import { randomBytes, sealPart } from "./sealed_part";

/** Of a binding that verifyBinding took for the node. */
export interface NodeTransportKey {
  publicKey: Bytes;
  keyId: string;
}

export interface RequestToSeal {
  /** 1 to 64 of A-Z a-z 0-9 _ -, sent as `job_id` beside the envelope. */
  jobId: string;
  nodeId: string;
  modelId: string;
  /** The OpenAI chat body: the text of one JSON object. */
  body: string;
}

export interface SealedRequest {
  /** What is sent as `encrypted_request`. */
  envelope: SealedEnvelope;
  answers: AnswerOpener;
}

/** Throws Refusal for what cannot be sealed, or not to this key. */
export async function sealRequest(
  request: RequestToSeal,
  nodeKey: NodeTransportKey,
): Promise<SealedRequest> {
  const unusable = () =>
    new Refusal(
      "invalid_request",
      "Nothing can be sealed to this transport key. Fetch the node's current binding.",
      "public_key_x25519",
    );
  if ((await transportKeyId(nodeKey.publicKey)) !== nodeKey.keyId) throw unusable();
  const plaintext = encodeRequest({ ...request, customerNonce: randomBytes(16) });
  const pair = await freshPair();
  const keys = await JobKeys.agree(pair.privateKey, nodeKey.publicKey, {
    client: pair.publicKey,
    node: nodeKey.publicKey,
    keyId: nodeKey.keyId,
  });
  if (!keys) throw unusable();
  const sealed = await sealPart(keys, "request", request.jobId, pair.publicKey, plaintext);
  return {
    envelope: envelopeOf(sealed),
    answers: new AnswerOpener(request.jobId, request.nodeId, pair.publicKey, keys),
  };
}
