// An envelope sealed and opened under a job's keys: what requests and answers share. For this
// folder's files.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/random.h"
#include "crypto/secret.h"
#include "protocol/private/job_secret.h"
#include "protocol/sealed_envelope.h"

namespace b3iq::protocol {

// `plaintext` has kEnvelopeTagBytes of room behind it and becomes the ciphertext. The nonce is
// random.
SealedEnvelope seal_part(const JobSecret& secret, SealedPart part, const ClientJobId& job_id,
                         const crypto::X25519PublicKey& client, base::Bytes plaintext,
                         base::Random& random);

// nullopt: not sealed so.
std::optional<crypto::Secret> open_part(const JobSecret& secret, SealedPart part,
                                        const ClientJobId& job_id, const SealedEnvelope& envelope);

}  // namespace b3iq::protocol
