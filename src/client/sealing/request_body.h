// The OpenAI chat body that is sealed: as the customer wrote it, or made of a plain prompt.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/secret.h"

namespace b3iq::client {

struct RequestBody {
  crypto::Secret text;  // one JSON object
  std::string model;    // that it asks for
};

enum class Asks : std::uint8_t { whole, stream };

// An OpenAI chat body, kept byte for byte but for white space around it. `model`: what the command
// line said, or empty for the body's own. Errors: invalid_json; invalid_request (neither says a
// model; it asks for no stream where one is wanted).
base::Result<RequestBody> body_as_given(std::string_view given, const std::string& model,
                                        Asks asks = Asks::whole);

// `prompt` as the one message of a user, without the line's end behind it. Errors: invalid_request
// (no model, or an empty prompt, or one that is not UTF-8).
base::Result<RequestBody> body_of_prompt(std::string_view prompt, const std::string& model,
                                         Asks asks = Asks::whole);

}  // namespace b3iq::client
