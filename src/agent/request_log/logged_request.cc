#include "agent/request_log/logged_request.h"

#include <utility>

namespace b3iq::agent {

namespace {

constexpr std::array kOutcomes = {std::pair{CallOutcome::ok, std::string_view("ok")},
                                  std::pair{CallOutcome::error, std::string_view("error")},
                                  std::pair{CallOutcome::cancelled, std::string_view("cancelled")}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kOperations = {{
    {"/v1/chat/completions", "chat.completions"},
    {"/v1/messages", "messages"},
    {"/v1/embeddings", "embeddings"},
    {"/v1/responses", "responses"},
    {"/v1/completions", "completions"},
    {"/api/chat", "api.chat"},
    {"/api/generate", "api.generate"},
    {"/api/embed", "api.embed"},
    {"/api/embeddings", "api.embeddings"},
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

void LoggedRequest::take(const CallFacts& facts) {
  id = facts.id;
  request_id = facts.request_id;
  operation = facts.operation;
  account = facts.account;
  model = facts.model;
  runtime_kind = facts.runtime_kind;
  receipt_hash = facts.receipt_hash;
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
