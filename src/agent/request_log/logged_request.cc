#include "agent/request_log/logged_request.h"

#include <algorithm>
#include <utility>

namespace b3iq::agent {

namespace {

constexpr std::array kOutcomes = {std::pair{CallOutcome::ok, std::string_view("ok")},
                                  std::pair{CallOutcome::error, std::string_view("error")},
                                  std::pair{CallOutcome::cancelled, std::string_view("cancelled")}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kOperations = {{
    {"/v1/chat/completions", "chat.completions"},
    {"/v1/messages", "messages"},
    {"/v1/embeddings", "embeddings"},
    {"/v1/responses", "responses"},
    {"/v1/completions", "completions"},
    {"/api/chat", "api.chat"},
    {"/api/generate", "api.generate"},
    {"/api/embed", "api.embed"},
    {"/api/embeddings", "api.embeddings"},
    {kPrivateJobPath, "private_inference"},
}};

}  // namespace

std::string_view outcome_name(CallOutcome outcome) {
  for (const auto& [value, name] : kOutcomes)
    if (value == outcome) return name;
  return "";
}

std::optional<CallOutcome> outcome_from_name(std::string_view name) {
  for (const auto& [value, known] : kOutcomes)
    if (known == name) return value;
  return std::nullopt;
}

std::string_view logged_operation(std::string_view path) {
  for (const auto& [known, name] : kOperations)
    if (known == path) return name;
  return "";
}

void LoggedTexts::append(Which which, std::string_view text, std::size_t most) {
  auto size = std::min(text.size(), most);
  // Not in the middle of a character.
  while (size < text.size() && size > 0 && (text[size] & 0xC0) == 0x80) --size;
  const std::size_t begin = which == id ? 0 : ends_[which - 1];
  std::copy_n(text.begin(), size, bytes_.begin() + static_cast<std::ptrdiff_t>(begin));
  ends_[which] = static_cast<std::uint16_t>(begin + size);
}

void LoggedTexts::take(const CallFacts& facts) {
  append(id, facts.id, kLoggedIdBytes);
  append(request_id, facts.request_id, http::kMaxRequestIdBytes);
  append(account, facts.account, kLoggedAccountBytes);
  append(model, facts.model, kLoggedModelBytes);
  append(runtime_kind, facts.runtime_kind, kLoggedKindBytes);
  append(receipt_hash, facts.receipt_hash, kLoggedHashBytes);
}

void LoggedRequest::take(const CallFacts& facts) {
  texts.take(facts);
  operation = facts.operation;
  streamed = facts.streamed;
  outcome = facts.outcome;
  error = facts.error;
  finish = facts.finish;
  status = facts.status;
  prompt_tokens = facts.prompt_tokens;
  completion_tokens = facts.completion_tokens;
  at_ms = facts.at_ms;
  last_at_ms = facts.at_ms + facts.duration_ms;
  count = 1;
  queued_ms = facts.queued_ms;
  first_token_ms = facts.first_token_ms;
  duration_ms = facts.duration_ms;
}

}  // namespace b3iq::agent
