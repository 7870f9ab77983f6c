#include "agent/sync/transport_key_times.h"

#include <fmt/format.h>

#include "agent/sync/backoff.h"
#include "json/json.h"
#include "protocol/messages/command.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::int64_t kLatestMs = 253'402'300'799'999;  // the year 9999
constexpr std::int64_t kLongestGraceMs = protocol::kMaxTransportGraceSeconds * 1'000;

Error damaged(std::string_view what) {
  return {ErrorCode::corrupt, fmt::format("the transport key's times are damaged: {}", what)};
}

Result<std::int64_t> moment(json::Value root, std::string_view name) {
  const auto value = root.find(name).integer();
  if (!value || *value < 0 || *value > kLatestMs)
    return damaged(fmt::format("'{}' is no time", name));
  return *value;
}

}  // namespace

std::string transport_key_times_text(const TransportKeyTimes& times) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.member("type", kTransportKeyTimesType);
  w.member("renew_at_ms", times.renew_at_ms);
  w.member("bound_until_ms", times.bound_until_ms);
  w.key("old_until_ms");
  if (times.old_until_ms) {
    w.value(*times.old_until_ms);
  } else {
    w.null();
  }
  w.end_object();
  return out;
}

Result<TransportKeyTimes> read_transport_key_times(std::string_view text) {
  const json::Limits limits{.max_bytes = kMaxTransportKeyTimesBytes, .max_depth = 2};
  const auto document = json::Document::parse(text, limits);
  if (!document.ok()) return damaged(document.error().detail);
  const auto root = document->root();
  if (!root.is_object() || root.find("type").string() != kTransportKeyTimesType)
    return damaged("it is of another type");
  TransportKeyTimes times;
  TRY(times.renew_at_ms, moment(root, "renew_at_ms"));
  TRY(times.bound_until_ms, moment(root, "bound_until_ms"));
  if (!root.find("old_until_ms").is_null()) {
    TRY(times.old_until_ms, moment(root, "old_until_ms"));
  }
  return times;
}

TransportKeyTimes times_of_binding(std::int64_t from_ms, std::int64_t life_ms,
                                   base::Random& random) {
  constexpr std::int64_t kTwentieths = 20;
  // From 14 to 16 twentieths of its life.
  const auto age_ms = life_ms / kTwentieths * 14 + draw_up_to(life_ms / kTwentieths * 2, random);
  return {from_ms + age_ms, from_ms + life_ms, std::nullopt};
}

bool renewal_due(const TransportKeyTimes& times, std::int64_t now_ms) {
  return now_ms >= times.renew_at_ms ||
         times.renew_at_ms - now_ms > protocol::kMaxTransportKeyLifeMs;
}

bool old_key_due(const TransportKeyTimes& times, std::int64_t now_ms) {
  return times.old_until_ms &&
         (now_ms >= *times.old_until_ms || *times.old_until_ms - now_ms > kLongestGraceMs);
}

}  // namespace b3iq::agent
