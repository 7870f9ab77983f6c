// What stands inside a sealed request, b3iq-private-transport-v1:
//
//   plaintext = JSON object of "job_id", "node_id", "model_id", "customer_nonce" (16 bytes in
//               base64url), "request" (the OpenAI chat body, an object); then spaces
//
// No other member, none twice. The object begins with the first byte; behind it there are spaces
// alone, as many as make the whole length one that padme_length() gives.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "json/json.h"
#include "protocol/ids.h"
#include "protocol/private/body_check.h"

namespace b3iq::protocol {

inline constexpr std::size_t kMaxPrivateRequestBytes = 1024 * 1024;  // with its padding
inline constexpr std::size_t kMaxPrivateModelBytes = 256;

// Makes every plaintext another one.
using CustomerNonce = std::array<std::uint8_t, 16>;

struct PrivateRequest {
  ClientJobId job_id;
  NodeId node_id;
  std::string model_id;
  CustomerNonce customer_nonce{};
  std::string_view body;  // of the request: the text of one JSON object, byte for byte
};

// The padded plaintext with `tail_bytes` zeros behind it. Errors: invalid_request naming the
// member, invalid_json (`body` is not one JSON object), payload_too_large.
base::Result<base::Bytes> encode_private_request(const PrivateRequest& request,
                                                 std::size_t tail_bytes,
                                                 BodyCheck check = BodyCheck::parse);

struct ReadRequest {
  PrivateRequest request;
  json::Document document;  // of `request.body`
};

// Strict. `body` is a part of `plaintext`. Errors: invalid_request naming the member; invalid_json.
// They are for the side that made the plaintext, never for the wire.
base::Result<ReadRequest> decode_private_request(std::string_view plaintext);

}  // namespace b3iq::protocol
