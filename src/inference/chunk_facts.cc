#include "inference/chunk_facts.h"

#include <algorithm>
#include <limits>

#include "inference/find_bytes.h"

namespace b3iq::inference {
namespace {

constexpr std::int64_t kMaxTokenCount = std::numeric_limits<std::int32_t>::max();

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] == ' ') ++at;
  return at;
}

// What stands behind `"name" :` of the occurrence at `at`.
std::string_view value_behind(std::string_view event, std::size_t at, std::string_view quoted) {
  std::size_t next = skip_space(event, at + quoted.size());
  if (next < event.size() && event[next] == ':') next = skip_space(event, next + 1);
  return event.substr(next);
}

// True when the member `quoted` stands in the event with a value other than null.
bool has_value(std::string_view event, std::string_view quoted) {
  std::size_t at = find_bytes(event, quoted);
  while (at != std::string_view::npos) {
    if (!value_behind(event, at, quoted).starts_with("null")) return true;
    at = find_bytes(event, quoted, at + quoted.size());
  }
  return false;
}

// Bytes of the string that `value` starts with, escapes as they stand; 0 when it is no string.
std::size_t string_bytes(std::string_view value) {
  if (!value.starts_with('"')) return 0;
  const auto escaped = [value](std::size_t quote) {
    return (quote - 1 - value.find_last_not_of('\\', quote - 1)) % 2 == 1;
  };
  std::size_t end = value.find('"', 1);
  while (end != std::string_view::npos && escaped(end)) end = value.find('"', end + 1);
  return (end == std::string_view::npos ? value.size() : end) - 1;
}

// The bytes of the strings that members `quoted` hold: of the first that is not empty, which is
// the whole text of a chunk's one choice, or of all.
enum class Strings : std::uint8_t { first, all };
std::size_t text_bytes(std::string_view event, std::string_view quoted, Strings which) {
  std::size_t bytes = 0;
  std::size_t at = find_bytes(event, quoted);
  while (at != std::string_view::npos) {
    const std::size_t text = string_bytes(value_behind(event, at, quoted));
    bytes += text;
    if (bytes > 0 && which == Strings::first) break;
    at = find_bytes(event, quoted, at + quoted.size() + text);
  }
  return bytes;
}

std::string bounded(std::string_view text) {
  if (text.size() <= kMaxUpstreamMessageBytes) return std::string(text);
  std::size_t end = kMaxUpstreamMessageBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::optional<std::int64_t> read_count(json::Value value) {
  const auto count = value.integer();
  if (!count || *count < 0 || *count > kMaxTokenCount) return std::nullopt;
  return count;
}

}  // namespace

bool needs_parse(std::string_view event) {
  return has_value(event, "\"finish_reason\"") || has_value(event, "\"usage\"") ||
         has_value(event, "\"error\"") || has_value(event, "\"b3iq\"");
}

// Nearly every event carries one of these, so the first that is found is the count.
std::size_t content_bytes(std::string_view event) {
  if (const auto bytes = text_bytes(event, "\"content\"", Strings::first)) return bytes;
  if (has_value(event, "\"tool_calls\"")) {
    return std::max<std::size_t>(1, text_bytes(event, "\"arguments\"", Strings::all));
  }
  // The last is a legacy completion's.
  for (const std::string_view name :
       {"\"reasoning_content\"", "\"reasoning\"", "\"refusal\"", "\"text\""}) {
    if (const auto bytes = text_bytes(event, name, Strings::first)) return bytes;
  }
  return 0;
}

std::size_t content_bytes(json::Value message) {
  std::size_t bytes = 0;
  for (const std::string_view name : {"content", "reasoning_content", "reasoning", "refusal"}) {
    bytes += message.find(name).string().value_or("").size();
  }
  const json::Value calls = message.find("tool_calls");
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const json::Value function = calls.at(i).find("function");
    for (const std::string_view name : {"name", "arguments"}) {
      bytes += function.find(name).string().value_or("").size();
    }
  }
  return bytes;
}

std::optional<Usage> read_usage(json::Value usage) {
  const auto prompt = read_count(usage.find("prompt_tokens"));
  const auto completion = read_count(usage.find("completion_tokens"));
  if (!prompt || !completion) return std::nullopt;
  Usage out{.prompt_tokens = *prompt, .completion_tokens = *completion};
  const auto cached = read_count(usage.find("prompt_tokens_details").find("cached_tokens"));
  out.cached_prompt_tokens = std::min(cached.value_or(0), *prompt);
  const auto details = usage.find("completion_tokens_details");
  out.reasoning_tokens =
      std::min(read_count(details.find("reasoning_tokens")).value_or(0), *completion);
  return out;
}

std::optional<Finish> read_finish(json::Value finish_reason) {
  const auto word = finish_reason.string();
  if (!word || word->empty()) return std::nullopt;
  if (*word == "length") return Finish::length;
  if (*word == "tool_calls" || *word == "function_call") return Finish::tool_calls;
  if (*word == "content_filter") return Finish::content_filter;
  return Finish::stop;
}

std::string upstream_message(json::Value root) {
  const json::Value error = root.find("error");
  if (const auto text = error.string()) return bounded(*text);
  if (const auto text = error.find("message").string()) return bounded(*text);
  if (const auto text = root.find("message").string()) return bounded(*text);
  return {};
}

base::Result<ChunkFacts> parse_chunk(std::string_view json) {
  using base::Error;
  using base::ErrorCode;
  auto document = json::Document::parse(json);
  if (!document.ok() || !document->root().is_object()) {
    return Error(ErrorCode::upstream_failed,
                 "The runtime sent an event that is not a JSON object; its answer was cut.");
  }
  const json::Value root = document->root();
  if (!root.find("error").is_null()) {
    return Error(ErrorCode::upstream_failed,
                 "The runtime reported an error in its answer: " + upstream_message(root));
  }
  ChunkFacts facts;
  const json::Value choices = root.find("choices");
  facts.has_choices = choices.size() > 0;
  facts.finish = read_finish(choices.at(0).find("finish_reason"));
  facts.usage = read_usage(root.find("usage"));
  facts.has_b3iq = static_cast<bool>(root.find("b3iq"));
  return facts;
}

}  // namespace b3iq::inference
