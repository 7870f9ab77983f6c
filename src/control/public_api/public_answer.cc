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

const PublicBody* PublicAnswers::find(std::string_view question) {
  const auto* body = kept_.find(question);
  if (body == nullptr) return nullptr;
  const bool fresh = clock_.steady_ns() / kNsPerMs - body->made_at_ms < kPublicFreshMs;
  return fresh ? body : nullptr;
}

void PublicAnswers::keep(std::string_view question, PublicBody body) {
  if (body.json.size() > kMaxKeptAnswerBytes) return;
  body.made_at_ms = clock_.steady_ns() / kNsPerMs;
  kept_.put(std::string(question), std::move(body));
}

http::Response public_answer(const http::Request& request, const PublicBody& body) {
  http::Response response;
  response.headers.push_back({"ETag", body.etag});
  response.headers.push_back(
      {"Cache-Control", fmt::format("public, max-age={}", kPublicFreshMs / 1000)});
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
