// First byte: which message of an enrollment; the rest: its body. What is taken is written back to
// something that is taken.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "protocol/messages/enrollment.h"
#include "protocol/messages/unenroll.h"

int fuzz_managed_enrollment(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq::protocol;  // NOLINT: one function
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0: {
      const auto read = decode_challenge_request(body);
      if (!read.ok()) break;
      B3_CHECK(node_id_of(read->public_key) == read->node_id);
      B3_CHECK(decode_challenge_request(encode_challenge_request(*read)).ok());
      break;
    }
    case 1: {
      // 2026-11-21: the corpus holds statements of that day.
      const auto read = decode_enrollment(body, 1'795'253'400'123);
      if (!read.ok()) break;
      B3_CHECK(node_id_of(read->public_key) == read->node_id);
      B3_CHECK(read->transport_key.binding.node_id == read->node_id);
      B3_CHECK(valid_agent_version(read->agent_version));
      break;
    }
    case 2: {
      const auto read = decode_unenroll(body);
      if (read.ok()) B3_CHECK(decode_unenroll(encode_unenroll(*read)).ok());
      break;
    }
    default: {
      b3iq::json::Limits limits{.max_bytes = kMaxTransportKeyBindingBytes, .max_depth = 4};
      const auto document = b3iq::json::Document::parse(body, limits);
      if (!document.ok()) break;
      const auto read = decode_transport_key_binding(document->root());
      if (!read.ok()) break;
      B3_CHECK(encode_transport_key_binding(*read) ==
               b3iq::json::canonical(document->root()).value());
    }
  }
  return 0;
}
