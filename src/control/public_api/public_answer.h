// Answers that anybody may have: cacheable, with an entity tag, readable by any page, and made at
// most once in a few seconds however many ask. Loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "base/unique_function.h"
#include "control/auth/recent_map.h"
#include "http/message.h"

namespace b3iq::control {

// How long an answer may be given again, by this program and by any cache.
inline constexpr std::int64_t kPublicFreshMs = 5'000;
// So old an answer may be while a new one is made.
inline constexpr std::int64_t kPublicStaleMs = 30'000;
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

  using Answer = std::shared_ptr<const PublicBody>;
  using Make = base::UniqueFunction<base::Task<base::Result<PublicBody>>()>;
  // `question`: what the route asked after reading the request, so that two spellings are one.
  // Where no kept answer is fresh, one caller makes it; the others get the last one meanwhile, or
  // wait for the new one. `question` outlives the task. Errors: those of `make`.
  base::Task<base::Result<Answer>> get(std::string_view question, Make make);

 private:
  using Arrival = base::Arrival<base::Result<Answer>>;
  // One answer on its way; tells those who wait for it when it goes.
  class Making;

  Answer kept(std::string_view question, std::int64_t max_age_ms);
  std::int64_t now_ms() const;

  const base::Clock& clock_;
  RecentMap<std::string, Answer, TextHash> kept_;
  // Whoever waits for an answer that is being made. Views of the makers' questions.
  std::unordered_map<std::string_view, std::vector<Arrival*>> making_;
};

// How an answer is given. Views of static storage; an empty cache_control: for kPublicFreshMs.
struct PublicForm {
  std::string_view content_type = "application/json";
  std::string_view cache_control;
};
// 200 with the body, or 304 when the caller has it already.
http::Response public_answer(const http::Request& request, const PublicBody& body,
                             const PublicForm& form = {});
// Native errors that any page may read.
http::Response public_error(const base::Error& error, const http::Request& request);

}  // namespace b3iq::control
