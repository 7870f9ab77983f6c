#include "signed_request.h"

#include <utility>

#include "base/clock.h"

namespace b3iq::fleet {
namespace {

constexpr std::int64_t kSequencesPerMs = 100;

std::string head(const Origin& origin, std::string_view method, std::string_view path,
                 std::size_t body_bytes) {
  std::string out;
  out.reserve(1024 + body_bytes);
  out.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: ").append(origin.host);
  out.append("\r\nContent-Type: application/json\r\nContent-Length: ");
  out.append(std::to_string(body_bytes)).append("\r\n");
  return out;
}

}  // namespace

std::int64_t first_sequence(std::int64_t wall_ms) { return wall_ms * kSequencesPerMs; }

std::string signed_request(const Origin& origin, const Call& call, std::int64_t sequence,
                           const protocol::NodeIdentity& node, base::Random& random) {
  const protocol::CoveredRequest covered{call.method, call.path, "", call.body};
  const protocol::SigningContext context{call.tag, origin.audience, sequence,
                                         base::system_clock().wall_ms() / 1000};
  const auto headers = protocol::sign_request(covered, context, node, random);
  std::string out = head(origin, call.method, call.path, call.body.size());
  out.append("Content-Digest: ").append(headers.content_digest);
  out.append("\r\nB3IQ-Audience: ").append(headers.audience);
  out.append("\r\nB3IQ-Sequence: ").append(headers.sequence);
  out.append("\r\nSignature-Input: ").append(headers.signature_input);
  out.append("\r\nSignature: ").append(headers.signature);
  out.append("\r\n\r\n").append(call.body);
  return out;
}

std::string plain_request(const Origin& origin, std::string_view method, std::string_view path,
                          std::string_view body, std::string_view bearer) {
  std::string out = head(origin, method, path, body.size());
  if (!bearer.empty()) out.append("Authorization: Bearer ").append(bearer).append("\r\n");
  out.append("\r\n").append(body);
  return out;
}

SignedRequests::SignedRequests(const Origin& origin,
                               const std::vector<protocol::NodeIdentity>& nodes,
                               std::vector<Call> calls)
    : origin_(origin),
      nodes_(nodes),
      calls_(std::move(calls)),
      ahead_(nodes.size()),
      random_(base::system_random()) {
  const std::int64_t first = first_sequence(base::system_clock().wall_ms());
  for (auto& one : ahead_) one.next_sequence = first;
}

void SignedRequests::prepare(std::size_t count) {
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    Ahead& ahead = ahead_[node];
    const auto left = static_cast<std::int64_t>(ahead.bytes.size() - ahead.used);
    ahead.bytes.reserve(ahead.bytes.size() + count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t sequence = ahead.next_sequence + left + static_cast<std::int64_t>(i);
      ahead.bytes.push_back(signed_request(origin_, calls_[node], sequence, nodes_[node], random_));
    }
  }
}

void SignedRequests::change(std::size_t node, Call call) {
  calls_[node] = std::move(call);
  ahead_[node].bytes.clear();
  ahead_[node].used = 0;
}

bool SignedRequests::used_up(std::size_t node) const {
  return ahead_[node].used == ahead_[node].bytes.size();
}

SignedRequests::Signed SignedRequests::take(std::size_t node) {
  Ahead& ahead = ahead_[node];
  const std::int64_t sequence = ahead.next_sequence++;
  if (!used_up(node)) return {ahead.bytes[ahead.used++], sequence};
  ++signed_late_;
  late_ = signed_request(origin_, calls_[node], sequence, nodes_[node], random_);
  return {late_, sequence};
}

}  // namespace b3iq::fleet
