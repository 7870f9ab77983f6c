#include "protocol/private/private_request.h"

#include <optional>

#include "json/json.h"
#include "protocol/member_reader.h"
#include "protocol/private/padded_text.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kWhat = "A private request";
constexpr std::size_t kMaxHeadBytes = 2048;  // of our own: names, ids, a model's name with escapes

// Everything in front of the request.
std::string head_of(const PrivateRequest& request) {
  std::string head = "{\"job_id\":\"";
  head.append(request.job_id.text()).append("\",\"node_id\":\"").append(request.node_id.text());
  head.append("\",\"model_id\":");
  json::append_string(head, request.model_id);
  head.append(",\"customer_nonce\":\"").append(base::to_base64url(request.customer_nonce));
  return head.append("\",\"request\":");
}

base::Result<PrivateRequest> read_members(json::Value value) {
  TRY(auto in, MemberReader::open(value, kWhat));
  PrivateRequest request;
  TRY(request.job_id, in.id<ClientJobId>("job_id"));
  TRY(request.node_id, in.id<NodeId>("node_id"));
  TRY(request.model_id, in.printable("model_id", kMaxPrivateModelBytes));
  TRY(request.customer_nonce, in.bytes<16>("customer_nonce"));
  TRY_OK(in.object("request"));
  TRY_OK(in.done());
  return request;
}

// A text in which the request comes last and nothing stands around it, as our encoders write it:
// the request is parsed once and the rest by itself. A bare quote cannot stand in a JSON string and
// brackets must match, so when both parts are valid the whole is, with just these members. nullopt:
// another layout, or not valid: the whole has to be read.
std::optional<ReadRequest> read_split(std::string_view text) {
  constexpr std::string_view kName = ",\"request\":";
  const std::size_t at = text.substr(0, kMaxHeadBytes).find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  std::string head(text.substr(0, at));
  head.append(kName).append("{}}");
  const auto rest = json::Document::parse(head);
  if (!rest.ok()) return std::nullopt;
  auto request = read_members(rest->root());
  if (!request.ok()) return std::nullopt;
  request->body = text.substr(at + kName.size(), text.size() - at - kName.size() - 1);
  auto document = parse_object(request->body);
  if (!document.ok()) return std::nullopt;
  return ReadRequest{std::move(request).value(), std::move(document).value()};
}

base::Error missing(std::string_view name) {
  return base::Error(base::ErrorCode::invalid_request,
                     "A private request needs " + std::string(name) + ".", std::string(name));
}

}  // namespace

base::Result<base::Bytes> encode_private_request(const PrivateRequest& request,
                                                 std::size_t tail_bytes, BodyCheck check) {
  if (request.job_id.empty()) return missing("job_id");
  if (request.node_id.empty()) return missing("node_id");
  if (!is_printable(request.model_id, kMaxPrivateModelBytes)) return missing("model_id");
  if (check == BodyCheck::parse) {
    TRY_OK(check_object_text(request.body, kMaxPrivateRequestBytes, "A request to be sealed"));
  }
  return padded_text({head_of(request), request.body, "}"}, tail_bytes, kMaxPrivateRequestBytes,
                     "A request");
}

base::Result<ReadRequest> decode_private_request(std::string_view plaintext) {
  TRY(const auto text, unpadded_text(plaintext, kMaxPrivateRequestBytes));
  if (auto read = read_split(text)) return *std::move(read);
  TRY(const auto object, parse_object(text));
  TRY(auto request, read_members(object.root()));
  TRY(request.body, object_text(text, "request"));
  TRY(auto document, parse_object(request.body));
  return ReadRequest{std::move(request), std::move(document)};
}

}  // namespace b3iq::protocol
