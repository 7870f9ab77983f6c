// Answers that anybody may have: cacheable, with an entity tag, readable by any page, and made at
// most once in a few seconds however many ask. Loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "control/auth/recent_map.h"
#include "http/message.h"

namespace b3iq::control {

// How long an answer may be given again, by this program and by any cache.
inline constexpr std::int64_t kPublicFreshMs = 5'000;
inline constexpr std::size_t kMaxPublicAnswers = 512;
inline constexpr std::size_t kMaxKeptAnswerBytes = 128 * 1024;

struct PublicBody {
  std::string json;
  std::string etag;
  std::int64_t made_at_ms = 0;  // steady time
};

// `json` with its tag: of `stable` (the same without the times at which it was made), or of `json`
// itself when that is empty. A weak tag: equal facts have equal tags.
PublicBody public_body(std::string json, std::string_view stable = {});

class PublicAnswers {
 public:
  explicit PublicAnswers(const base::Clock& clock) : clock_(clock), kept_(kMaxPublicAnswers) {}

  // `question`: what the route asked after reading the request, so that two spellings are one.
  // Null when there is none that is fresh. Valid until the next call.
  const PublicBody* find(std::string_view question);
  void keep(std::string_view question, PublicBody body);

 private:
  const base::Clock& clock_;
  RecentMap<std::string, PublicBody, TextHash> kept_;
};

// 200 with the body, or 304 when the caller has it already.
http::Response public_answer(const http::Request& request, const PublicBody& body);
// Native errors that any page may read.
http::Response public_error(const base::Error& error, const http::Request& request);

}  // namespace b3iq::control
