// The plaintext of a sealed request, as a customer who does not keep to the form may have sealed
// it: decoded or refused. The padding is made here when the first byte is odd, so that mutations
// get behind it.
#include "protocol/private/private_request.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "protocol/private/padding.h"

int fuzz_private_request(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq::protocol;  // NOLINT: one target
  if (size == 0) return 0;
  std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 1) text.resize(padme_length(text.size()), ' ');
  const auto read = decode_private_request(text);
  if (!read.ok()) return 0;
  const PrivateRequest& request = read->request;
  B3_CHECK(padme_length(text.size()) == text.size() && text.size() <= kMaxPrivateRequestBytes);
  B3_CHECK(request.body.data() >= text.data() &&
           request.body.data() + request.body.size() <= text.data() + text.size());
  B3_CHECK(read->document.root().is_object());
  const auto again = encode_private_request(request, 0);
  if (!again.ok()) return 0;  // white space around the body, or past the limit without the layout
  const std::string written(b3iq::base::as_text(*again));
  const auto same = decode_private_request(written);
  B3_CHECK(same.ok() && same->request.body == request.body &&
           same->request.job_id == request.job_id && same->request.node_id == request.node_id &&
           same->request.model_id == request.model_id &&
           same->request.customer_nonce == request.customer_nonce);
  // With another member in front the quick reading of the usual layout does not apply: both
  // readings find the same.
  const std::string first = "{\"request\":" + std::string(request.body) + ",";
  const std::size_t head = written.find(",\"request\":");
  std::string turned = first + written.substr(1, head - 1) + "}";
  turned.resize(padme_length(turned.size()), ' ');
  if (turned.size() > kMaxPrivateRequestBytes ||
      request.model_id.find("\"request\"") != std::string::npos)
    return 0;
  const auto other = decode_private_request(turned);
  B3_CHECK(other.ok() && other->request.body == request.body &&
           other->request.model_id == request.model_id);
  return 0;
}
