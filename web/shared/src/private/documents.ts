// What stands inside sealed requests and answers.
import { type Bytes, fromBase64Url, toBase64Url } from "../verify/bytes";
import type { Json } from "../verify/canonical";
import { faultsOfForm } from "../verify/receipt_form";
import { kMaxAnswerBytes, kMaxRequestBytes } from "./envelope";
import { padded, paddedObject } from "./padding";
import { Refusal } from "./refusal";
import { strictObject } from "./strict_json";

export interface PrivateRequest {
  jobId: string;
  nodeId: string;
  modelId: string;
  /** 16 bytes. */
  customerNonce: Bytes;
  /** The OpenAI chat body: the text of one JSON object, sent byte for byte. */
  body: string;
}

export type AnswerStatus = "completed" | "failed" | "cancelled";

export interface PrivateAnswer {
  jobId: string;
  nodeId: string;
  status: AnswerStatus;
  /** The text of `response` or, of a job that did not complete, of `error`. */
  body: string;
  /** The signed receipt's text and its salt (32 bytes). Its signature has not been looked at. */
  receipt: { document: string; salt: Bytes } | null;
}

export const kJobId = /^[A-Za-z0-9_-]{1,64}$/;
export const kNodeId = /^b3n_[a-z2-7]{32}$/;
const kModelBytes = 256;
const kStatuses: readonly string[] = ["completed", "failed", "cancelled"];

function isModelName(name: unknown): name is string {
  if (typeof name !== "string" || !name.isWellFormed()) return false;
  const size = new TextEncoder().encode(name).length;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return size > 0 && size <= kModelBytes && !/[\x00-\x1f\x7f]/.test(name);
}

function exactly(value: Json | undefined, size: number): Bytes | null {
  const bytes = typeof value === "string" ? fromBase64Url(value) : null;
  return bytes?.length === size ? bytes : null;
}

function objectText(text: string | undefined): string | null {
  return text?.startsWith("{") ? text : null;
}

export function encodeRequest(request: PrivateRequest): Bytes {
  const wrong = (name: string) => new Refusal("invalid_request", `${name} cannot be sent.`, name);
  if (!kJobId.test(request.jobId)) throw wrong("job_id");
  if (!kNodeId.test(request.nodeId)) throw wrong("node_id");
  if (!isModelName(request.modelId)) throw wrong("model_id");
  if (request.customerNonce.length !== 16) throw wrong("customer_nonce");
  if (!strictObject(request.body)) {
    throw new Refusal("invalid_json", "A request to be sealed is the text of one JSON object.");
  }
  const head = JSON.stringify({
    job_id: request.jobId,
    node_id: request.nodeId,
    model_id: request.modelId,
    customer_nonce: toBase64Url(request.customerNonce),
  });
  return padded(`${head.slice(0, -1)},"request":${request.body}}`, kMaxRequestBytes);
}

/** null unless it is of the one form. */
export function decodeRequest(plaintext: Bytes): PrivateRequest | null {
  const object = paddedObject(plaintext, kMaxRequestBytes);
  if (!object || Object.keys(object.members).length !== 5) return null;
  const { job_id, node_id, model_id, customer_nonce } = object.members;
  const customerNonce = exactly(customer_nonce, 16);
  const body = objectText(object.texts.get("request"));
  if (typeof job_id !== "string" || !kJobId.test(job_id)) return null;
  if (typeof node_id !== "string" || !kNodeId.test(node_id)) return null;
  if (!isModelName(model_id) || !customerNonce || body === null) return null;
  return { jobId: job_id, nodeId: node_id, modelId: model_id, customerNonce, body };
}

const bodyName = (status: string) => (status === "completed" ? "response" : "error");

export function encodeAnswer(answer: PrivateAnswer): Bytes {
  const head = JSON.stringify({
    job_id: answer.jobId,
    node_id: answer.nodeId,
    status: answer.status,
  });
  const { receipt } = answer;
  const tail = receipt
    ? `,"receipt":${receipt.document},"receipt_salt":"${toBase64Url(receipt.salt)}"}`
    : "}";
  const text = `${head.slice(0, -1)},"${bodyName(answer.status)}":${answer.body}${tail}`;
  return padded(text, kMaxAnswerBytes);
}

/** null unless it is of the one form. */
export function decodeAnswer(plaintext: Bytes): PrivateAnswer | null {
  const object = paddedObject(plaintext, kMaxAnswerBytes);
  if (!object) return null;
  const { job_id, node_id, status, receipt, receipt_salt } = object.members;
  if (typeof job_id !== "string" || !kJobId.test(job_id)) return null;
  if (typeof node_id !== "string" || !kNodeId.test(node_id)) return null;
  if (typeof status !== "string" || !kStatuses.includes(status)) return null;
  const body = objectText(object.texts.get(bodyName(status)));
  if (body === null) return null;
  const answer = { jobId: job_id, nodeId: node_id, status: status as AnswerStatus, body };
  const count = Object.keys(object.members).length;
  if (status !== "completed" && count === 4) return { ...answer, receipt: null };
  const document = objectText(object.texts.get("receipt"));
  const salt = exactly(receipt_salt, 32);
  if (count !== 6 || document === null || !salt) return null;
  const members = receipt as { [name: string]: Json };
  if (faultsOfForm(members).length > 0 || members.node_id !== node_id) return null;
  return { ...answer, receipt: { document, salt } };
}
