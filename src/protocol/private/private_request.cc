#include "protocol/private/private_request.h"

#include "json/json.h"
#include "protocol/member_reader.h"
#include "protocol/private/padded_text.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kWhat = "A private request";

// Everything in front of the request.
std::string head_of(const PrivateRequest& request) {
  std::string head = "{\"job_id\":\"";
  head.append(request.job_id.text()).append("\",\"node_id\":\"").append(request.node_id.text());
  head.append("\",\"model_id\":");
  json::append_string(head, request.model_id);
  head.append(",\"customer_nonce\":\"").append(base::to_base64url(request.customer_nonce));
  return head.append("\",\"request\":");
}

base::Error missing(std::string_view name) {
  return base::Error(base::ErrorCode::invalid_request,
                     "A private request needs " + std::string(name) + ".", std::string(name));
}

}  // namespace

base::Result<base::Bytes> encode_private_request(const PrivateRequest& request,
                                                 std::size_t tail_bytes) {
  if (request.job_id.empty()) return missing("job_id");
  if (request.node_id.empty()) return missing("node_id");
  if (!is_printable(request.model_id, kMaxPrivateModelBytes)) return missing("model_id");
  TRY_OK(check_object_text(request.body, kMaxPrivateRequestBytes, "A request to be sealed"));
  return padded_text({head_of(request), request.body, "}"}, tail_bytes, kMaxPrivateRequestBytes,
                     "A request");
}

base::Result<PrivateRequest> decode_private_request(std::string_view plaintext) {
  TRY(const auto object, read_padded_object(plaintext, kMaxPrivateRequestBytes));
  TRY(auto in, MemberReader::open(object.document.root(), kWhat));
  PrivateRequest request;
  TRY(request.job_id, in.id<ClientJobId>("job_id"));
  TRY(request.node_id, in.id<NodeId>("node_id"));
  TRY(request.model_id, in.printable("model_id", kMaxPrivateModelBytes));
  TRY(request.customer_nonce, in.bytes<16>("customer_nonce"));
  TRY_OK(in.object("request"));
  TRY_OK(in.done());
  TRY(request.body, object_text(object, "request"));
  return request;
}

}  // namespace b3iq::protocol
