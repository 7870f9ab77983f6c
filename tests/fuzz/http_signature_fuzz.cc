// Lines of the input: Signature-Input, Signature, Content-Digest, B3IQ-Audience, B3IQ-Sequence,
// method, path, query, body. Nothing made up verifies; what parses is spelled in the one way.
#include "protocol/http_signature.h"

#include <array>
#include <cstdint>
#include <string_view>

#include "base/check.h"

int fuzz_http_signature(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq::protocol;  // NOLINT: one function
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::array<std::string_view, 9> lines;
  for (auto& line : lines) {
    line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : rest.size());
  }
  const auto parameters = parse_signature_input(lines[0]);
  if (parameters.ok()) {
    B3_CHECK(NodeId::valid(parameters->node_id.text()));
    B3_CHECK(parameters->nonce.size() == 22);
    B3_CHECK(lines[0].find("created=" + std::to_string(parameters->created_seconds) + ";") !=
             std::string_view::npos);
  }
  // The public key of RFC 8032's first test: the corpus holds requests that name it.
  constexpr std::string_view kKey =
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
  const auto key = b3iq::crypto::ed25519_public_key(*b3iq::base::from_hex(kKey)).value();
  const CoveredRequest request{lines[5], lines[6], lines[7], lines[8]};
  const ReceivedHeaders headers{lines[2], lines[3], lines[4], lines[0], lines[1]};
  const ExpectedSignature expected{SignatureTag::heartbeat,
                                   ControlPlaneId::trusted(std::string(lines[3])),
                                   parameters.ok() ? parameters->created_seconds : 0};
  const auto verified = verify_request(request, headers, expected, key);
  if (verified.ok()) {
    B3_CHECK(verified->sequence >= 1 && verified->sequence <= kMaxSequence);
    B3_CHECK(std::to_string(verified->sequence) == lines[4]);
    B3_CHECK(content_digest(lines[8]) == lines[2]);
  }
  return 0;
}
