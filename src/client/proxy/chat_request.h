// What an OpenAI client asks the proxy, and what of it is sealed.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/secret.h"

namespace b3iq::client {

struct ChatRequest {
  std::string model;
  crypto::Secret body;  // what is sealed
  bool stream = false;
  bool include_usage = false;  // of stream_options
};

// The body is sealed byte for byte. Errors: invalid_json, invalid_request naming the member.
base::Result<ChatRequest> read_chat_request(std::string_view body);

}  // namespace b3iq::client
