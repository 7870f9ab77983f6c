#include "protocol/private/answer_sealer.h"

#include "protocol/private/sealed_part.h"

namespace b3iq::protocol {

base::Result<SealedEnvelope> AnswerSealer::seal(const JobAnswer& answer, base::Random& random,
                                                BodyCheck check) const {
  TRY(auto plaintext,
      encode_private_answer({job_id_, node_id_, answer.status, answer.body, answer.receipt},
                            kEnvelopeTagBytes, check));
  return seal_part(secret_, SealedPart::response, job_id_, client_, std::move(plaintext), random);
}

ChunkSealer AnswerSealer::seal_stream(ChunkPadding padding, base::Random& random) const {
  return ChunkSealer(secret_.key_of(SealedPart::response_stream), job_id_, padding, random);
}

}  // namespace b3iq::protocol
