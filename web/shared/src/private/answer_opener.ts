// What a customer keeps of a sealed request: it opens this request's answers and stream, and nothing else.
import type { Bytes } from "../verify/bytes";
import { decodeAnswer, type PrivateAnswer } from "./documents";
import { kMaxAnswerBytes, readEnvelope, type SealedEnvelope } from "./envelope";
import { additionalData, type JobKeys } from "./job_keys";
import { Refusal } from "./refusal";
import { openPart, sameBytes } from "./sealed_part";
import { ChunkOpener } from "./stream";

export class AnswerOpener {
  constructor(
    readonly jobId: string,
    readonly nodeId: string,
    private readonly clientPublicKey: Bytes,
    private readonly keys: JobKeys,
  ) {}

  /** `encrypted_response` as it came. Throws Refusal, with one text whatever the cause. */
  async open(envelope: string | SealedEnvelope): Promise<PrivateAnswer> {
    const answer = await this.#opened(envelope);
    if (answer) return answer;
    throw new Refusal(
      "data_corrupt",
      "The sealed answer cannot be opened: it was changed, or it is not the answer of this job and " +
        "this request. Fetch it again; if that does not help, send the request anew, sealed anew.",
    );
  }

  /** For the job's frames from the first one on. */
  async openStream(): Promise<ChunkOpener> {
    const key = await this.keys.keyOf("response-stream");
    return new ChunkOpener(key, additionalData("response-stream", this.jobId));
  }

  async #opened(envelope: string | SealedEnvelope): Promise<PrivateAnswer | null> {
    try {
      const parts = readEnvelope(envelope, kMaxAnswerBytes);
      if (parts.keyId !== this.keys.keyId) return null;
      if (!sameBytes(parts.clientPublicKey, this.clientPublicKey)) return null;
      const plaintext = await openPart(this.keys, "response", this.jobId, parts);
      const answer = plaintext && decodeAnswer(plaintext);
      return answer && answer.jobId === this.jobId && answer.nodeId === this.nodeId ? answer : null;
    } catch (error) {
      if (error instanceof Refusal) return null;
      throw error;
    }
  }
}
