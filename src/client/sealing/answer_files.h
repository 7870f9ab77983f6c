// The two files of a sealed request: the envelope, which is sent, and the answer key, which stays.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/private/answer_opener.h"
#include "protocol/private/request_sealer.h"

namespace b3iq::client {

// Writes the answer key (0600, in a folder of its own user; it must not be there yet) and then the
// envelope, or neither. Errors: conflict, file_failed.
base::Status write_sealed_request(const protocol::SealedRequest& sealed,
                                  const std::string& envelope_path,
                                  const std::string& answer_key_path);

// Errors: those of crypto::read_secret_file; corrupt.
base::Result<protocol::AnswerOpener> read_answer_key(const std::string& path);

// Of the text of an envelope, or of a job with its `encrypted_response`. Errors: invalid_json,
// invalid_request (a job without a sealed answer yet, or a malformed one).
base::Result<protocol::SealedEnvelope> sealed_answer_in(std::string_view text);

}  // namespace b3iq::client
