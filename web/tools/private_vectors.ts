// The golden vectors of private transport, tests/vectors/private_transport.json, as tests read them.
import type { SealedEnvelope } from "../shared/src/private/envelope";
import { vectorFile } from "./managed_vectors";

export interface PrivateVectors {
  given: {
    node_id: string;
    node_public_key: string;
    transport_secret: string;
    transport_public_key: string;
    key_id: string;
    client_secret: string;
    client_public_key: string;
    job_id: string;
    model_id: string;
    customer_nonce: string;
  };
  derived: {
    shared: string;
    prk: string;
    request_key: string;
    response_key: string;
    stream_key: string;
    request_aad: string;
    response_aad: string;
    stream_aad: string;
  };
  padme: { [size: string]: number };
  request: { body: string; plaintext: string; nonce: string; envelope: SealedEnvelope };
  answers: {
    status: "completed" | "failed";
    body: string;
    receipt: string;
    receipt_salt: string;
    plaintext: string;
    nonce: string;
    envelope: SealedEnvelope;
  }[];
  streams: { block_bytes: number; prefix: string; pieces: string[]; frames: string[] }[];
  refused_requests: {
    name: string;
    envelope: string;
    job_id: string;
    node_id: string;
    model_id: string;
    code: string;
    param: string;
  }[];
  refused_answers: { name: string; envelope: string }[];
  refused_frames: { name: string; frame?: string; zeros?: number }[];
  refused_streams: { name: string; opened: number; frames: string[] }[];
}

export function privateVectors(): PrivateVectors {
  return vectorFile("private_transport.json") as unknown as PrivateVectors;
}
