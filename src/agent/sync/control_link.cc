#include "agent/sync/control_link.h"

#include <cstdlib>

#include "base/log.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

namespace {

// The way there and back is a part of what looks like an offset: below this it is none.
constexpr std::int64_t kLeastOffsetMs = 2'000;
// Tries of one request that the control plane refuses for reasons that the node can mend: once the
// clock and once the number.
constexpr int kMostTries = 3;

}  // namespace

std::vector<http::Header> ControlLink::sign(protocol::SignatureTag tag,
                                            const ControlRequest& request,
                                            std::int64_t sequence) const {
  const auto path = needs_.client.address().origin.prefix + request.path;
  const protocol::CoveredRequest covered{http::method_name(request.method), path, "", request.body};
  const protocol::SigningContext context{tag, audience_, sequence, now_ms() / 1'000};
  auto signed_headers = protocol::sign_request(covered, context, needs_.identity, needs_.random);
  std::vector<http::Header> headers;
  headers.push_back({"Content-Digest", std::move(signed_headers.content_digest)});
  headers.push_back({"B3IQ-Audience", std::move(signed_headers.audience)});
  headers.push_back({"B3IQ-Sequence", std::move(signed_headers.sequence)});
  headers.push_back({"Signature-Input", std::move(signed_headers.signature_input)});
  headers.push_back({"Signature", std::move(signed_headers.signature)});
  return headers;
}

void ControlLink::learn_time(std::int64_t server_time_ms) {
  const auto offset = server_time_ms - needs_.clock.wall_ms();
  if (std::llabs(offset - clock_offset_ms_) < kLeastOffsetMs) return;
  clock_offset_ms_ = std::llabs(offset) < kLeastOffsetMs ? 0 : offset;
  base::log(base::LogLevel::warn, "managed.clock_offset", {{"offset_ms", clock_offset_ms_}});
}

// Whether the request is worth sending again at once.
bool ControlLink::mend(protocol::SignatureTag tag, const Refusal& refusal) {
  const auto& facts = refusal.facts;
  if (refusal.error.code == ErrorCode::clock_skew) {
    const auto before = clock_offset_ms_;
    if (facts.server_time_ms) {
      learn_time(*facts.server_time_ms);
    } else if (facts.skew_seconds) {
      learn_time(now_ms() - *facts.skew_seconds * 1'000);
    }
    return clock_offset_ms_ != before;
  }
  if (refusal.error.code != ErrorCode::replayed || !facts.last_sequence) return false;
  needs_.numbers.raise(tag, *facts.last_sequence);
  base::log(base::LogLevel::warn, "managed.sequence_raised",
            {{"tag", protocol::wire_name(tag)}, {"seen", *facts.last_sequence}});
  return true;
}

Task<Result<std::string>> ControlLink::send(protocol::SignatureTag tag, ControlRequest request,
                                            base::CancelToken cancel) {
  for (int tries = 1;; ++tries) {
    CO_TRY(const auto sequence, co_await needs_.numbers.next(tag));
    request.headers = sign(tag, request, sequence);
    auto answer = co_await needs_.client.send(request, cancel);
    if (auto* body = std::get_if<std::string>(&answer)) co_return std::move(*body);
    auto& refusal = std::get<Refusal>(answer);
    if (tries >= kMostTries || !mend(tag, refusal)) co_return std::move(refusal.error);
  }
}

}  // namespace b3iq::agent
