#include "runtimes/ollama/ollama_library.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "inference/chunk_facts.h"
#include "json/json.h"
#include "runtimes/ollama/ndjson_lines.h"

namespace b3iq::runtimes {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

constexpr std::size_t kMaxSegments = 3;  // host, namespace, model

bool name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

// Not empty, no leading dot, so never "." or "..".
bool valid_segment(std::string_view segment) {
  return !segment.empty() && segment.front() != '.' && segment.front() != '-' &&
         std::ranges::all_of(segment, name_character);
}

// "models.example.org"; no number at the end, so no IPv4 address.
bool valid_host(std::string_view host) {
  const std::size_t dot = host.rfind('.');
  if (!valid_segment(host) || dot == std::string_view::npos || dot + 1 == host.size()) return false;
  const std::string_view top = host.substr(dot + 1);
  return top != "localhost" && top != "internal" && top != "local" &&
         std::ranges::none_of(top, [](char c) { return c >= '0' && c <= '9'; });
}

std::string pull_body(std::string_view name, bool stream) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  writer.member("model", name);
  if (stream) writer.member("stream", true);
  writer.end_object();
  return body;
}

std::optional<std::int64_t> bytes_of(json::Value value) {
  const auto bytes = value.integer();
  if (!bytes || *bytes < 0) return std::nullopt;
  return bytes;
}

// One line of a pull's answer. Error: Ollama's own.
Result<PullProgress> read_progress(std::string_view line) {
  const auto document = json::Document::parse(line, {.max_bytes = line.size()});
  if (!document.ok() || !document->root().is_object()) {
    return Error(ErrorCode::upstream_failed,
                 "What answers is no Ollama: its pull sent something that is not progress.");
  }
  const json::Value root = document->root();
  if (!root.find("error").is_null()) {
    const std::string message = inference::upstream_message(root);
    const bool missing = message.find("file does not exist") != std::string::npos ||
                         message.find("not found") != std::string::npos;
    return Error(missing ? ErrorCode::model_not_found : ErrorCode::upstream_failed,
                 "Ollama could not pull the model: " + message, missing ? "model" : "");
  }
  return PullProgress{.status = std::string(root.find("status").string().value_or("")),
                      .digest = std::string(root.find("digest").string().value_or("")),
                      .total_bytes = bytes_of(root.find("total")),
                      .completed_bytes = bytes_of(root.find("completed"))};
}

}  // namespace

Status check_ollama_name(std::string_view name) {
  const Error bad(ErrorCode::invalid_request,
                  "This is no name of an Ollama model. Write it as model:tag, user/model:tag or "
                  "registry.example/user/model:tag.",
                  "model");
  if (name.empty() || name.size() > kMaxOllamaNameBytes) return bad;
  std::vector<std::string_view> segments;
  for (std::string_view rest = name;;) {
    const std::size_t slash = rest.find('/');
    segments.push_back(rest.substr(0, slash));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  if (segments.size() > kMaxSegments) return bad;
  const std::size_t colon = segments.back().find(':');
  const bool has_tag = colon != std::string_view::npos;
  if (has_tag && !valid_segment(segments.back().substr(colon + 1))) return bad;
  segments.back() = segments.back().substr(0, colon);
  if (!std::ranges::all_of(segments, valid_segment)) return bad;
  if (segments.size() == kMaxSegments && !valid_host(segments.front())) return bad;
  return {};
}

Result<std::unique_ptr<OllamaLibrary>> OllamaLibrary::create(http::EventLoop& loop,
                                                             OllamaConfig config) {
  config.limits = {};
  config.limits.first_byte_timeout_ms = kPullSilenceMs;
  config.limits.idle_timeout_ms = kPullSilenceMs;
  TRY(auto upstream, make_ollama_upstream(loop, config));
  std::ranges::fill(config.api_key, '\0');
  return std::unique_ptr<OllamaLibrary>(new OllamaLibrary(std::move(upstream)));
}

Task<Status> OllamaLibrary::pull(std::string name,
                                 base::UniqueFunction<void(const PullProgress&)> on_progress,
                                 base::CancelToken cancel) {
  CO_TRY_OK(check_ollama_name(name));
  const std::string body = pull_body(name, true);
  UpstreamRequest request;
  request.method = http::Method::post;
  request.path = "/api/pull";
  request.body.push_back(body);
  auto sent = co_await upstream_->send(request, cancel);
  if (!sent.ok()) co_return ollama_words(std::move(sent).error(), name);
  const UpstreamResponse response = std::move(sent).value();
  NdjsonLines lines;
  bool over = false;
  while (!over) {
    CO_TRY(const std::string_view bytes, co_await response->read_some());
    over = bytes.empty();
    // A last line may come without its end.
    const bool unended = over && !base::trimmed(lines.rest()).empty();
    lines.feed(unended ? std::string_view("\n") : bytes);
    for (;;) {
      CO_TRY(const auto line, lines.next());
      if (!line) break;
      CO_TRY(const PullProgress progress, read_progress(*line));
      if (on_progress) on_progress(progress);
      if (progress.status == "success") co_return Status();
    }
  }
  co_return Error(ErrorCode::upstream_failed,
                  "Ollama's pull ended before it was done; start it again to go on.");
}

Task<Status> OllamaLibrary::remove(std::string name) {
  CO_TRY_OK(check_ollama_name(name));
  const std::string body = pull_body(name, false);
  UpstreamRequest request;
  request.method = http::Method::delete_;
  request.path = "/api/delete";
  request.body.push_back(body);
  auto sent = co_await upstream_->send(request, {});
  if (!sent.ok()) co_return std::move(sent).error();
  co_return Status();
}

}  // namespace b3iq::runtimes
