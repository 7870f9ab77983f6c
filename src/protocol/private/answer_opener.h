// What a customer keeps of a sealed request: it opens this request's answers and stream, and
// nothing else. request_sealer.h makes it.
#pragma once

#include <string_view>

#include "base/result.h"
#include "crypto/secret.h"
#include "crypto/x25519.h"
#include "json/json.h"
#include "protocol/private/chunk_opener.h"
#include "protocol/private/job_secret.h"
#include "protocol/private/private_answer.h"
#include "protocol/sealed_envelope.h"

namespace b3iq::protocol {

inline constexpr std::string_view kAnswerKeyType = "b3iq-private-answer-key-v1";
inline constexpr std::size_t kMaxAnswerKeyBytes = 1024;  // of its text

struct OpenedAnswer {
  crypto::Secret plaintext;  // `answer` has views of it
  PrivateAnswer answer;
};

// Immutable; any thread.
class AnswerOpener {
 public:
  AnswerOpener(ClientJobId job_id, NodeId node_id, const crypto::X25519PublicKey& client,
               JobSecret secret)
      : job_id_(std::move(job_id)),
        node_id_(std::move(node_id)),
        client_(client),
        secret_(std::move(secret)) {}

  // Errors: corrupt, with one text whatever the cause.
  base::Result<OpenedAnswer> open(const SealedEnvelope& envelope) const;
  // For the job's sealed chunks from the first one on.
  ChunkOpener open_stream() const;

  const ClientJobId& job_id() const { return job_id_; }
  const NodeId& node_id() const { return node_id_; }
  const crypto::X25519PublicKey& client_public_key() const { return client_; }

  // For whoever opens the answer in another process: JSON text with a secret in it, to be kept in a
  // file of mode 0600 and removed once the answer was read. load() errors: corrupt.
  crypto::Secret save() const;
  static base::Result<AnswerOpener> load(std::string_view text);

 private:
  ClientJobId job_id_;
  NodeId node_id_;
  crypto::X25519PublicKey client_;
  JobSecret secret_;
};

}  // namespace b3iq::protocol
