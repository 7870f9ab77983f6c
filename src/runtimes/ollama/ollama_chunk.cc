#include "runtimes/ollama/ollama_chunk.h"

#include <array>
#include <limits>

#include "base/bytes.h"
#include "base/random.h"
#include "inference/chunk_facts.h"
#include "json/json.h"
#include "runtimes/ollama/ollama_models.h"

namespace b3iq::runtimes {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using inference::TokenLogprob;

constexpr std::int64_t kMaxTokenCount = std::numeric_limits<std::int32_t>::max();

Error not_a_chunk() {
  return Error(ErrorCode::upstream_failed,
               "The runtime sent something that is not an answer of Ollama's chat API; it was cut. "
               "Check the runtime's kind and base_url.");
}

std::string new_call_id() {
  std::array<std::uint8_t, 12> random{};
  base::system_random().fill(random);
  return "call_" + base::to_hex(random);
}

Result<std::vector<inference::ToolCallDelta>> read_tool_calls(json::Value calls,
                                                              std::size_t first_call) {
  std::vector<inference::ToolCallDelta> out;
  if (calls.is_null()) return out;
  if (!calls.is_array() || first_call + calls.size() > kMaxToolCallsPerAnswer) return not_a_chunk();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const json::Value function = calls.at(i).find("function");
    const auto name = function.find("name").string();
    const json::Value arguments = function.find("arguments");
    if (!name || name->empty() || !arguments.is_object()) return not_a_chunk();
    inference::ToolCallDelta call;
    call.index = static_cast<int>(first_call + i);
    call.id = calls.at(i).find("id").string().value_or("");
    if (call.id.empty()) call.id = new_call_id();
    call.name = *name;
    call.arguments = arguments.to_text();
    out.push_back(std::move(call));
  }
  return out;
}

// The token's bytes where they are told, else its text.
std::string token_of(json::Value entry) {
  const json::Value bytes = entry.find("bytes");
  std::string token;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = bytes.at(i).integer();
    if (!byte || *byte < 0 || *byte > 255)
      return std::string(entry.find("token").string().value_or(""));
    token.push_back(static_cast<char>(*byte));
  }
  return token.empty() ? std::string(entry.find("token").string().value_or("")) : token;
}

std::vector<TokenLogprob> read_logprobs(json::Value list) {
  std::vector<TokenLogprob> out;
  out.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const json::Value entry = list.at(i);
    TokenLogprob one{.token = token_of(entry),
                     .logprob = entry.find("logprob").number().value_or(0)};
    const json::Value top = entry.find("top_logprobs");
    for (std::size_t k = 0; k < top.size(); ++k) {
      one.top.emplace_back(token_of(top.at(k)), top.at(k).find("logprob").number().value_or(0));
    }
    out.push_back(std::move(one));
  }
  return out;
}

std::optional<std::int64_t> count_of(json::Value value) {
  const auto count = value.integer();
  if (!count || *count < 0 || *count > kMaxTokenCount) return std::nullopt;
  return count;
}

// A prompt that was in the cache is not counted by some releases: then nothing is known.
std::optional<inference::Usage> read_usage(json::Value root) {
  const auto prompt = count_of(root.find("prompt_eval_count"));
  const auto completion = count_of(root.find("eval_count"));
  if (!prompt || !completion) return std::nullopt;
  return inference::Usage{.prompt_tokens = *prompt, .completion_tokens = *completion};
}

base::Status read_end(json::Value root, OllamaChunk& chunk) {
  const std::string_view reason = root.find("done_reason").string().value_or("stop");
  if (reason == "load" || reason == "unload") {
    return Error(ErrorCode::upstream_failed,
                 "Ollama loaded or unloaded the model, but answered "
                 "nothing; ask again.");
  }
  chunk.done = true;
  chunk.cut_at_limit = reason == "length";
  chunk.usage = read_usage(root);
  return {};
}

}  // namespace

int OllamaChunk::tokens() const {
  if (!logprobs.empty()) return static_cast<int>(logprobs.size());
  return empty() ? 0 : 1;
}

Result<OllamaChunk> read_ollama_chunk(std::string_view json, std::size_t first_call) {
  const auto document = json::Document::parse(json, {.max_bytes = json.size()});
  if (!document.ok() || !document->root().is_object()) return not_a_chunk();
  const json::Value root = document->root();
  if (!root.find("error").is_null()) {
    return ollama_words(
        Error(ErrorCode::upstream_failed,
              "The runtime reported an error in its answer: " + inference::upstream_message(root)));
  }
  const json::Value message = root.find("message");
  const bool done = root.find("done").boolean().value_or(false);
  if (!message.is_object() && !done) return not_a_chunk();
  OllamaChunk chunk;
  chunk.text = message.find("content").string().value_or("");
  chunk.reasoning = message.find("thinking").string().value_or("");
  TRY(chunk.tool_calls, read_tool_calls(message.find("tool_calls"), first_call));
  chunk.logprobs = read_logprobs(root.find("logprobs"));
  if (done) TRY_OK(read_end(root, chunk));
  return chunk;
}

inference::Finish finish_of(const OllamaChunk& last, std::size_t calls) {
  if (last.cut_at_limit) return inference::Finish::length;
  return calls > 0 ? inference::Finish::tool_calls : inference::Finish::stop;
}

}  // namespace b3iq::runtimes
