// Why something of private transport was refused: the codes of docs/protocol/errors.md.

export type RefusalCode =
  | "invalid_request"
  | "invalid_json"
  | "payload_too_large"
  | "invalid_signature"
  | "invalid_encrypted_request"
  | "transport_key_unknown"
  | "data_corrupt";

export class Refusal extends Error {
  constructor(
    readonly code: RefusalCode,
    detail: string,
    /** The member at fault, or empty. */
    readonly param = "",
  ) {
    super(detail);
    this.name = "Refusal";
  }
}
