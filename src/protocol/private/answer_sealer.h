// What a node keeps of an opened request: it seals this job's answer and stream, and nothing else.
// request_opener.h makes it.
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "crypto/x25519.h"
#include "protocol/private/chunk_sealer.h"
#include "protocol/private/job_secret.h"
#include "protocol/private/private_answer.h"
#include "protocol/sealed_envelope.h"

namespace b3iq::protocol {

// What one job was done to: everything but the ids, which the sealer has.
struct JobAnswer {
  AnswerStatus status = AnswerStatus::completed;
  std::string_view body;  // the text of one JSON object
  std::optional<AnswerReceipt> receipt;
};

// Immutable; any thread.
class AnswerSealer {
 public:
  AnswerSealer(ClientJobId job_id, NodeId node_id, const crypto::X25519PublicKey& client,
               JobSecret secret)
      : job_id_(std::move(job_id)),
        node_id_(std::move(node_id)),
        client_(client),
        secret_(std::move(secret)) {}

  // Draws 12 bytes. Errors: invalid_json, invalid_request (a completed job without a receipt),
  // payload_too_large.
  base::Result<SealedEnvelope> seal(const JobAnswer& answer, base::Random& random,
                                    BodyCheck check = BodyCheck::parse) const;
  // Draws 7 bytes, so that a second stream of the job cannot repeat a nonce of the first.
  ChunkSealer seal_stream(ChunkPadding padding, base::Random& random) const;

  const ClientJobId& job_id() const { return job_id_; }

 private:
  ClientJobId job_id_;
  NodeId node_id_;
  crypto::X25519PublicKey client_;
  JobSecret secret_;
};

}  // namespace b3iq::protocol
