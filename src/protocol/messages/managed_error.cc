#include "protocol/messages/managed_error.h"

#include <algorithm>
#include <charconv>

#include "base/clock.h"
#include "json/json.h"
#include "protocol/document_writer.h"
#include "protocol/error_json.h"
#include "protocol/http_signature.h"
#include "protocol/member_reader.h"

namespace b3iq::protocol {
namespace {

constexpr std::size_t kMaxCodeBytes = 64;
constexpr std::size_t kMaxDetailBytes = 512;
constexpr json::Limits kLimits{.max_bytes = kMaxManagedErrorBytes, .max_depth = 16};

std::string printable_member(json::Value object, std::string_view name, std::size_t max_bytes) {
  const auto text = object.find(name).string();
  return text && is_printable(*text, max_bytes) ? std::string(*text) : std::string();
}

std::optional<std::int64_t> integer_member(json::Value object, std::string_view name,
                                           std::int64_t min, std::int64_t max) {
  const auto value = object.find(name).integer();
  return value && *value >= min && *value <= max ? value : std::nullopt;
}

ManagedErrorFacts read_facts(json::Value error) {
  ManagedErrorFacts facts;
  const auto time = error.find("server_time").string();
  std::int64_t ms = 0;
  if (time && base::parse_rfc3339(*time, ms)) facts.server_time_ms = ms;
  facts.skew_seconds =
      integer_member(error, "skew_seconds", -kLargestWireInteger, kLargestWireInteger);
  facts.last_sequence = integer_member(error, "last_sequence", 0, kMaxSequence);
  return facts;
}

// Of the header: whole seconds and nothing else.
std::int64_t header_retry_ms(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || failure != std::errc() || end != text.data() + text.size() || seconds < 0)
    return 0;
  return std::min(seconds, kMaxRetryAfterMs / 1000) * 1000;
}

bool retriable_status(int status) {
  return status == 408 || status == 425 || status == 429 || (status >= 500 && status <= 599);
}

}  // namespace

std::string managed_error_body(const base::Error& error, const ManagedErrorFacts& facts,
                               std::string_view request_id) {
  std::string out = native_error_body(error, request_id);
  std::string more;
  json::Writer w(more);
  w.begin_object();
  if (facts.server_time_ms) write_time(w, "server_time", *facts.server_time_ms);
  if (facts.skew_seconds) write_integer(w, "skew_seconds", *facts.skew_seconds);
  if (facts.last_sequence) write_integer(w, "last_sequence", *facts.last_sequence);
  if (error.retry_after_ms > 0) write_integer(w, "retry_after_ms", error.retry_after_ms);
  w.end_object();
  if (more == "{}") return out;
  // {"error":{…}} and {…}: the second's members go to the end of the first's inner object.
  out.resize(out.size() - 2);
  return out.append(",").append(more, 1).append("}");
}

ManagedError read_managed_error(int http_status, std::string_view body,
                                std::string_view retry_after) {
  ManagedError out;
  out.http_status = http_status;
  out.retry_after_ms = header_retry_ms(retry_after);
  const auto document = json::Document::parse(body, kLimits);
  const json::Value error = document.ok() ? document->root().find("error") : json::Value();
  if (error.is_object()) {
    out.code_text = printable_member(error, "code", kMaxCodeBytes);
    out.code = base::error_code_from_wire(out.code_text);
    out.detail = printable_member(error, "detail", kMaxDetailBytes);
    out.facts = read_facts(error);
    const auto advice = integer_member(error, "retry_after_ms", 0, kLargestWireInteger).value_or(0);
    out.retry_after_ms = std::max(out.retry_after_ms, std::min(advice, kMaxRetryAfterMs));
  }
  out.retriable = out.code ? base::error_info(*out.code).retryable : retriable_status(http_status);
  return out;
}

}  // namespace b3iq::protocol
