#include "agent/runtimes/runtime_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kMembersOfNew[] = {"id",      "kind",           "base_url",
                                              "api_key", "max_concurrent", "profile"};
constexpr std::string_view kMembersOfTest[] = {"kind", "base_url", "api_key", "profile"};

Error wrong(std::string_view name, std::string_view what) {
  return {ErrorCode::invalid_request, fmt::format("'{}' must be {}.", name, what),
          std::string(name)};
}

// "" when it is not there.
Result<std::string_view> read_text(json::Value body, std::string_view name, std::size_t most) {
  const auto value = body.find(name);
  if (!value) return std::string_view();
  const auto text = value.string();
  if (!text || text->size() > most)
    return wrong(name, fmt::format("a text of at most {} bytes", most));
  return *text;
}

Status read_kind(json::Value body, RuntimeSettings& out) {
  const auto kind = runtime_kind_named(body.find("kind").string().value_or(""));
  if (!kind || *kind == RuntimeKind::embedded)
    return wrong("kind", "ollama, vllm, sglang or openai");
  out.kind = *kind;
  out.profile = profile_of_kind(*kind);
  const auto profile = body.find("profile");
  if (!profile) return {};
  const auto named = server_profile_named(profile.string().value_or(""));
  if (!named || *kind != RuntimeKind::openai)
    return wrong("profile", "lmstudio or llama-server, and only with the kind openai");
  out.profile = *named;
  return {};
}

Status read_server(json::Value body, RuntimeRequest& out) {
  TRY_OK(read_kind(body, out.settings));
  TRY(const auto url, read_text(body, "base_url", kMaxBaseUrlBytes));
  if (url.empty()) {
    return wrong("base_url", out.settings.kind == RuntimeKind::ollama
                                 ? "the server's address, such as http://127.0.0.1:11434"
                                 : "the server's address, such as http://127.0.0.1:8080/v1");
  }
  out.settings.base_url = url;
  TRY(const auto key, read_text(body, "api_key", kMaxRuntimeKeyBytes));
  out.api_key = crypto::Secret(key);
  return {};
}

Status read_own(json::Value body, RuntimeSettings& out) {
  out.id = body.find("id").string().value_or("");
  if (!valid_runtime_id(out.id)) return wrong("id", kRuntimeIdRule);
  const auto most = body.find("max_concurrent");
  if (!most) return {};
  const auto number = most.integer();
  if (!number || *number < 0 || *number > kMaxConcurrent)
    return wrong("max_concurrent", fmt::format("a whole number from 0 to {}", kMaxConcurrent));
  out.max_concurrent = *number;
  return {};
}

Result<RuntimeRequest> decode(std::string_view text, std::span<const std::string_view> members) {
  TRY(const auto document, json::Document::parse(text));
  const auto body = document.root();
  if (!body.is_object())
    return Error(ErrorCode::invalid_request, "The body must be a JSON object.");
  for (std::size_t i = 0; i < body.size(); ++i) {
    const auto name = body.member(i).name;
    if (std::ranges::find(members, name) == members.end()) {
      return Error(ErrorCode::invalid_request, fmt::format("There is no member '{}' here.", name),
                   std::string(name));
    }
  }
  RuntimeRequest request;
  const bool is_new = std::ranges::find(members, "id") != members.end();
  if (is_new) TRY_OK(read_own(body, request.settings));
  TRY_OK(read_server(body, request));
  return request;
}

}  // namespace

Result<RuntimeRequest> decode_new_runtime(std::string_view body) {
  return decode(body, kMembersOfNew);
}

Result<RuntimeRequest> decode_runtime_test(std::string_view body) {
  return decode(body, kMembersOfTest);
}

}  // namespace b3iq::agent
