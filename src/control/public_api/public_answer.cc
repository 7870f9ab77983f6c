#include "control/public_api/public_answer.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/text.h"
#include "control/errors/outward_error.h"
#include "crypto/sha256.h"

namespace b3iq::control {
namespace {

constexpr std::size_t kTagBytes = 16;
constexpr std::int64_t kNsPerMs = 1'000'000;

// If-None-Match is a list of tags, or "*". Tags compare weakly (RFC 9110, 13.1.2).
bool has_tag(std::string_view list, std::string_view etag) {
  const auto opaque = [](std::string_view tag) {
    return tag.starts_with("W/") ? tag.substr(2) : tag;
  };
  while (!list.empty()) {
    const auto one = base::trimmed(list.substr(0, list.find(',')));
    if (one == "*" || opaque(one) == opaque(etag)) return true;
    const auto comma = list.find(',');
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return false;
}

void let_any_page_read(http::Response& response) {
  response.headers.push_back({"Access-Control-Allow-Origin", "*"});
  response.headers.push_back(
      {"Access-Control-Expose-Headers", "etag, retry-after, retry-after-ms, x-request-id"});
}

}  // namespace

PublicBody public_body(std::string json, std::string_view stable) {
  const std::string_view tagged = stable.empty() ? std::string_view(json) : stable;
  const auto hash = crypto::sha256(base::as_bytes(tagged));
  const auto tag = base::to_base64url(base::ByteView(hash).first(kTagBytes));
  return {std::move(json), fmt::format("W/\"{}\"", tag), 0};
}

class PublicAnswers::Making {
 public:
  Making(PublicAnswers& answers, std::string_view question)
      : answers_(answers), question_(question) {
    answers_.making_.try_emplace(question_);
  }
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;
  ~Making() {
    const auto waiting = std::move(answers_.making_.extract(question_).mapped());
    for (Arrival* one : waiting) one->set(outcome);
  }

  base::Result<Answer> outcome =
      base::Error(base::ErrorCode::internal, "The answer could not be made; ask again.");

 private:
  PublicAnswers& answers_;
  const std::string_view question_;
};

std::int64_t PublicAnswers::now_ms() const { return clock_.steady_ns() / kNsPerMs; }

PublicAnswers::Answer PublicAnswers::kept(std::string_view question, std::int64_t max_age_ms) {
  const auto* const answer = kept_.find(question);
  const bool usable = answer != nullptr && now_ms() - (*answer)->made_at_ms < max_age_ms;
  return usable ? *answer : nullptr;
}

base::Task<base::Result<PublicAnswers::Answer>> PublicAnswers::get(std::string_view question,
                                                                   Make make) {
  if (auto fresh = kept(question, kPublicFreshMs)) co_return fresh;
  if (const auto at = making_.find(question); at != making_.end()) {
    if (auto stale = kept(question, kPublicStaleMs)) co_return stale;
    Arrival arrival;
    auto start = [&] { at->second.push_back(&arrival); };
    co_return co_await arrival.wait(start);
  }
  Making making(*this, question);
  auto made = co_await make();
  if (!made.ok()) {
    making.outcome = std::move(made).error();
    co_return making.outcome;
  }
  made->made_at_ms = now_ms();
  const auto answer = std::make_shared<const PublicBody>(std::move(made).value());
  if (answer->json.size() <= kMaxKeptAnswerBytes) kept_.put(std::string(question), answer);
  making.outcome = answer;
  co_return answer;
}

http::Response public_answer(const http::Request& request, const PublicBody& body,
                             const PublicForm& form) {
  http::Response response;
  response.content_type = form.content_type;
  response.headers.push_back({"ETag", body.etag});
  response.headers.push_back(
      {"Cache-Control", form.cache_control.empty()
                            ? fmt::format("public, max-age={}", kPublicFreshMs / 1000)
                            : std::string(form.cache_control)});
  let_any_page_read(response);
  if (has_tag(request.header("if-none-match").value_or(""), body.etag)) {
    response.status = 304;
  } else {
    response.body = body.json;
  }
  return response;
}

http::Response public_error(const base::Error& error, const http::Request& request) {
  auto response = outward_error(error, request);
  let_any_page_read(response);
  return response;
}

}  // namespace b3iq::control
