#include "dialects/responses_request.h"

#include <algorithm>
#include <array>

#include "dialects/member_words.h"
#include "dialects/responses_echo.h"
#include "dialects/responses_input.h"
#include "dialects/responses_tools.h"
#include "inference/openai_request.h"
#include "inference/request_fields.h"

namespace b3iq::dialects {
namespace {

using base::Status;
using inference::ChatRequest;
using inference::Path;
using inference::unsupported_value;
using json::Value;
using json::Writer;

using Check = Status (*)(Value, const Path&);

Status copied(Value, const Path&) { return {}; }

Status check_metadata(Value value, const Path& path) {
  TRY_OK(inference::expect_object(value, path));
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto member = value.member(i);
    TRY_OK(inference::read_string(member.value, path.member(member.name)));
  }
  return {};
}

Status check_stream_options(Value value, const Path& path) {
  TRY_OK(inference::expect_object(value, path));
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto member = value.member(i);
    // Padding of frames: no effect on the answer.
    if (member.name != "include_obfuscation")
      return unsupported_value(path.member(member.name), "the only option is include_obfuscation");
    TRY_OK(inference::read_boolean(member.value, path.member(member.name)));
  }
  return {};
}

Status check_max_tool_calls(Value value, const Path& path) {
  TRY_OK(inference::read_integer(value, path, 0, inference::kMaxTokensAsked));
  return {};  // it limits tools that the API runs itself: there are none
}

Status only_false(Value value, const Path& path, std::string_view advice) {
  TRY(const bool flag, inference::read_boolean(value, path));
  if (flag) return unsupported_value(path, advice);
  return {};
}

Status check_store(Value value, const Path& path) {
  return only_false(value, path,
                    "answers are never stored here; leave it out, and send earlier items in "
                    "'input' again");
}

Status check_background(Value value, const Path& path) {
  return only_false(value, path, "work ends with its request here; leave it out");
}

Status check_truncation(Value value, const Path& path) {
  TRY(const std::string_view word, inference::read_string(value, path));
  if (word == "disabled") return {};
  return unsupported_value(path, "nothing is cut here; shorten 'input' or leave it out");
}

Status check_include(Value value, const Path& path) {
  if (!value.is_array()) return inference::wrong_type(path, "an array of strings", value);
  if (value.size() == 0) return {};
  return unsupported_value(path, "nothing can be added to an answer here; leave it out");
}

Status check_top_logprobs(Value value, const Path& path) {
  TRY(const auto count, inference::read_integer(value, path, 0, 20));
  if (count == 0) return {};
  return unsupported_value(path, "use /v1/chat/completions with 'logprobs'");
}

Status refuse_memory(Value, const Path& path) {
  return unsupported_value(path,
                           "no answer is stored here; send the earlier items in 'input' again");
}

Status refuse_prompt(Value, const Path& path) {
  return unsupported_value(path, "prompt templates are OpenAI's; write 'instructions' and 'input'");
}

struct Member {
  std::string_view name;
  Check check;    // of a value that is not null
  bool forwards;  // means the same in a chat request, where it is checked too
};

constexpr std::array kMembers = {
    Member{"b3iq", copied, true},
    Member{"background", check_background, false},
    Member{"conversation", refuse_memory, false},
    Member{"include", check_include, false},
    Member{"input", copied, false},
    Member{"instructions", copied, false},
    Member{"max_output_tokens", copied, false},
    Member{"max_tool_calls", check_max_tool_calls, false},
    Member{"metadata", check_metadata, true},
    Member{"model", copied, true},
    Member{"parallel_tool_calls", copied, true},
    Member{"previous_response_id", refuse_memory, false},
    Member{"prompt", refuse_prompt, false},
    Member{"prompt_cache_key", copied, true},
    Member{"prompt_cache_options", copied, true},
    Member{"prompt_cache_retention", copied, true},
    Member{"reasoning", copied, false},
    Member{"safety_identifier", copied, true},
    Member{"service_tier", copied, true},
    Member{"store", check_store, false},
    Member{"stream", copied, true},
    Member{"stream_options", check_stream_options, false},
    Member{"temperature", copied, true},
    Member{"text", copied, false},
    Member{"tool_choice", copied, false},
    Member{"tools", copied, false},
    Member{"top_logprobs", check_top_logprobs, false},
    Member{"top_p", copied, true},
    Member{"truncation", check_truncation, false},
    Member{"user", copied, true},
};
static_assert(std::ranges::is_sorted(kMembers, {}, &Member::name));

Status write_shared(Writer& w, Value root) {
  for (std::size_t i = 0; i < root.size(); ++i) {
    const auto member = root.member(i);
    const Path path(member.name);
    const auto* known = std::ranges::lower_bound(kMembers, member.name, {}, &Member::name);
    const bool found = known != kMembers.end() && known->name == member.name;
    if (member.value.is_null() && member.name != "model") continue;
    if (!found) return unsupported_value(path, "it is no member of a response request here");
    TRY_OK(known->check(member.value, path));
    if (!known->forwards) continue;
    w.key(member.name);
    w.raw(member.value.to_text());
  }
  return {};
}

Status write_messages(Writer& w, Value root) {
  w.key("messages");
  w.begin_array();
  if (const Value instructions = root.find("instructions"); !instructions.is_null()) {
    TRY(const std::string_view text, inference::read_string(instructions, Path("instructions")));
    w.begin_object();
    w.member("role", "system");
    w.member("content", text);
    w.end_object();
  }
  TRY_OK(write_input(w, root.find("input"), Path("input")));
  w.end_array();
  return {};
}

Status write_limit(Writer& w, Value root) {
  const Value limit = root.find("max_output_tokens");
  if (limit.is_null()) return {};
  TRY(const auto tokens,
      inference::read_integer(limit, Path("max_output_tokens"), 1, inference::kMaxTokensAsked));
  w.member("max_tokens", tokens);
  return {};
}

Status write_reasoning(Writer& w, Value root) {
  const Value reasoning = root.find("reasoning");
  if (reasoning.is_null()) return {};
  const Path path("reasoning");
  TRY_OK(inference::expect_object(reasoning, path));
  for (std::size_t i = 0; i < reasoning.size(); ++i) {
    const auto member = reasoning.member(i);
    if (member.value.is_null()) continue;
    if (member.name != "effort") {
      return unsupported_value(path.member(member.name),
                               "a model's reasoning is given as it is; leave it out");
    }
    TRY(const std::string_view word, inference::read_string(member.value, path.member("effort")));
    w.member("reasoning_effort", word);
  }
  return {};
}

Status write_chat(Writer& w, Value root) {
  w.begin_object();
  TRY_OK(write_shared(w, root));
  TRY_OK(write_messages(w, root));
  TRY_OK(write_limit(w, root));
  TRY_OK(write_reasoning(w, root));
  TRY_OK(write_tools(w, root));
  TRY_OK(write_format(w, root));
  w.end_object();
  return {};
}

}  // namespace

base::Result<ChatRequest> decode_responses(std::string_view body) {
  TRY(const auto document, json::Document::parse(body));
  const Value root = document.root();
  if (!root.is_object()) {
    return base::Error(base::ErrorCode::invalid_request,
                       "The body must be a JSON object with 'model' and 'input'.");
  }
  std::forward_list<std::string> owned;
  std::string& chat = owned.emplace_front();
  chat.reserve(body.size() + 256);
  Writer writer(chat);
  TRY_OK(write_chat(writer, root));
  // What the caller sent is within the limit; its chat form may be somewhat longer.
  auto request = inference::decode_chat_request(chat, {.max_bytes = 2 * json::Limits{}.max_bytes});
  if (!request.ok()) return in_responses_words(std::move(request).error());
  request->owned.splice_after(request->owned.before_begin(), owned);
  request->caller_body = body;
  request->echo = responses_echo(root);
  return request;
}

base::Error in_responses_words(base::Error error) {
  static constexpr std::array kWords = {MemberWord{"max_tokens", "max_output_tokens"},
                                        MemberWord{"response_format.json_schema", "text.format"},
                                        MemberWord{"response_format", "text.format"},
                                        MemberWord{"tools[].function", "tools[]"},
                                        MemberWord{"reasoning_effort", "reasoning.effort"},
                                        MemberWord{"verbosity", "text.verbosity"},
                                        MemberWord{"messages", "input"}};
  return in_words(std::move(error), kWords);
}

}  // namespace b3iq::dialects
