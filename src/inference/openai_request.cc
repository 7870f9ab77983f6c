#include "inference/openai_request.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "inference/request_fields.h"
#include "inference/request_messages.h"
#include "inference/request_tools.h"

namespace b3iq::inference {
namespace {

using base::Status;
using json::Value;

constexpr double kLargestDouble = std::numeric_limits<double>::max();
constexpr std::int64_t kMaxTopK = 1'000'000;
constexpr std::int64_t kMaxTopLogprobs = 20;
constexpr std::size_t kMaxWeiDigits = 78;  // 2^256 has 78

// What is known while the members are read, in whatever order they come.
struct Draft {
  ChatRequest& request;
  std::optional<std::int64_t> max_tokens;
  std::optional<std::int64_t> max_completion_tokens;
  bool top_logprobs_given = false;
  bool stream_options_given = false;
};

Status read_model(Draft& draft, Value value, const Path& path) {
  TRY(const std::string_view name, read_string(value, path));
  if (name.empty() || name.size() > kMaxModelNameBytes) {
    return invalid_value(path, "a model name has 1 to 256 bytes; GET /v1/models lists them");
  }
  draft.request.model = name;
  return {};
}

Status read_messages(Draft& draft, Value value, const Path& path) {
  return decode_messages(value, path, draft.request);
}

Status read_max_tokens(Draft& draft, Value value, const Path& path) {
  TRY(draft.max_tokens, read_integer(value, path, 1, kMaxTokensAsked));
  return {};
}

Status read_max_completion_tokens(Draft& draft, Value value, const Path& path) {
  TRY(draft.max_completion_tokens, read_integer(value, path, 1, kMaxTokensAsked));
  return {};
}

template <std::optional<double> Sampling::* Member, int Least, int Most>
Status read_ranged(Draft& draft, Value value, const Path& path) {
  TRY(draft.request.sampling.*Member, read_number(value, path, Least, Most));
  return {};
}

Status read_repeat_penalty(Draft& draft, Value value, const Path& path) {
  TRY(const double penalty, read_number(value, path, 0, kLargestDouble));
  if (penalty <= 0) return invalid_value(path, "the value must be above 0");
  draft.request.sampling.repeat_penalty = penalty;
  return {};
}

Status read_top_k(Draft& draft, Value value, const Path& path) {
  TRY(draft.request.sampling.top_k, read_integer(value, path, 0, kMaxTopK));
  return {};
}

Status read_seed(Draft& draft, Value value, const Path& path) {
  TRY(draft.request.sampling.seed,
      read_integer(value, path, std::numeric_limits<std::int64_t>::min(),
                   std::numeric_limits<std::int64_t>::max()));
  return {};
}

Status read_logit_bias(Draft& draft, Value value, const Path& path) {
  TRY_OK(expect_object(value, path));
  if (value.size() > kMaxLogitBias) return invalid_value(path, "at most 1024 tokens can be biased");
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Value::Member member = value.member(i);
    const Path here = path.member(member.name);
    std::int32_t token = 0;
    const auto parsed = std::from_chars(member.name.begin(), member.name.end(), token);
    if (parsed.ec != std::errc() || parsed.ptr != member.name.end() || token < 0) {
      return invalid_value(here, "the member's name must be a token id, a whole number");
    }
    TRY(const double bias, read_number(member.value, here, -100, 100));
    draft.request.sampling.logit_bias.emplace_back(token, bias);
  }
  return {};
}

Status read_stop_string(Draft& draft, Value value, const Path& path) {
  TRY(const std::string_view text, read_string(value, path));
  if (text.empty() || text.size() > kMaxStopBytes) {
    return invalid_value(path, "a stop sequence has 1 to 1024 bytes");
  }
  draft.request.stop.emplace_back(text);
  return {};
}

Status read_stop(Draft& draft, Value value, const Path& path) {
  if (value.is_string()) return read_stop_string(draft, value, path);
  if (!value.is_array()) return wrong_type(path, "a string or an array of strings", value);
  if (value.size() > kMaxStopStrings) {
    return invalid_value(path, "at most 4 stop sequences can be given");
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    TRY_OK(read_stop_string(draft, value.at(i), path.element(i)));
  }
  return {};
}

Status read_n(Draft&, Value value, const Path& path) {
  TRY(const std::int64_t n, read_integer(value, path, 1, 128));
  if (n != 1) return unsupported_value(path, "one answer per request; send the request n times");
  return {};
}

Status read_logprobs(Draft& draft, Value value, const Path& path) {
  TRY(draft.request.logprobs, read_boolean(value, path));
  return {};
}

Status read_top_logprobs(Draft& draft, Value value, const Path& path) {
  TRY(const std::int64_t count, read_integer(value, path, 0, kMaxTopLogprobs));
  draft.request.top_logprobs = static_cast<int>(count);
  draft.top_logprobs_given = true;
  return {};
}

Status read_response_format(Draft& draft, Value value, const Path& path) {
  return decode_response_format(value, path, draft.request);
}

Status read_tools(Draft& draft, Value value, const Path& path) {
  return decode_tools(value, path, draft.request);
}

Status read_tool_choice(Draft& draft, Value value, const Path& path) {
  return decode_tool_choice(value, path, draft.request);
}

Status read_parallel_tool_calls(Draft& draft, Value value, const Path& path) {
  TRY(draft.request.parallel_tool_calls, read_boolean(value, path));
  return {};
}

Status read_stream(Draft& draft, Value value, const Path& path) {
  TRY(draft.request.stream, read_boolean(value, path));
  return {};
}

Status read_stream_options(Draft& draft, Value value, const Path& path) {
  TRY_OK(expect_object(value, path));
  draft.stream_options_given = true;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Value::Member member = value.member(i);
    const Path here = path.member(member.name);
    if (member.value.is_null()) continue;
    if (member.name == "include_usage") {
      TRY(draft.request.include_usage, read_boolean(member.value, here));
    } else if (member.name == "include_obfuscation") {
      TRY_OK(read_boolean(member.value, here));  // padding of frames: no effect on the answer
    } else {
      TRY_OK(note_unknown(draft.request, here));
    }
  }
  return {};
}

Status read_bookkeeping_string(Draft&, Value value, const Path& path) {
  TRY_OK(read_string(value, path));
  return {};
}

Status read_bookkeeping_object(Draft&, Value value, const Path& path) {
  return expect_object(value, path);
}

Status read_store(Draft&, Value value, const Path& path) {
  TRY(const bool store, read_boolean(value, path));
  if (store) return unsupported_value(path, "answers are never stored here; leave it out");
  return {};
}

Status read_modalities(Draft& draft, Value value, const Path& path) {
  if (!value.is_array()) return wrong_type(path, "an array of strings", value);
  for (std::size_t i = 0; i < value.size(); ++i) {
    TRY(const std::string_view word, read_string(value.at(i), path.element(i)));
    if (word != "text") return note_unknown(draft.request, path);
  }
  return {};
}

Status refuse_functions(Draft&, Value, const Path& path) {
  return unsupported_value(path, "it is gone from the dialect; use 'tools'");
}

Status refuse_function_call(Draft&, Value, const Path& path) {
  return unsupported_value(path, "it is gone from the dialect; use 'tool_choice'");
}

Status check_price(Value value, const Path& path) {
  TRY(const std::string_view text, read_string(value, path));
  const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (text.empty() || text.size() > kMaxWeiDigits || !digits ||
      (text.size() > 1 && text.front() == '0')) {
    return invalid_value(path, "a price is a whole number of wei as a decimal string");
  }
  return {};
}

Status read_b3iq(Draft&, Value value, const Path& path) {
  TRY_OK(expect_object(value, path));
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Value::Member member = value.member(i);
    const Path here = path.member(member.name);
    if (member.name == "max_price_wei") {
      TRY_OK(check_price(member.value, here));
    } else if (member.name == "model_profile_id" || member.name == "job_id") {
      TRY_OK(read_string(member.value, here));
    } else if (member.name == "dispatch_mode") {
      TRY(const std::string_view mode, read_string(member.value, here));
      if (mode == "private_job") {
        return unsupported_value(here,
                                 "a private job is sealed and queued, never sent to this "
                                 "API; leave dispatch_mode out");
      }
      if (mode != "pooled_sync") return invalid_value(here, "the only mode here is 'pooled_sync'");
    } else {
      return invalid_value(here, "it is not a member of 'b3iq'");
    }
  }
  return {};
}

struct Field {
  std::string_view name;
  Status (*read)(Draft&, Value, const Path&);
};

// Sorted by name.
constexpr std::array kFields = {
    Field{"b3iq", read_b3iq},
    Field{"frequency_penalty", read_ranged<&Sampling::frequency_penalty, -2, 2>},
    Field{"function_call", refuse_function_call},
    Field{"functions", refuse_functions},
    Field{"logit_bias", read_logit_bias},
    Field{"logprobs", read_logprobs},
    Field{"max_completion_tokens", read_max_completion_tokens},
    Field{"max_tokens", read_max_tokens},
    Field{"messages", read_messages},
    Field{"metadata", read_bookkeeping_object},
    Field{"min_p", read_ranged<&Sampling::min_p, 0, 1>},
    Field{"modalities", read_modalities},
    Field{"model", read_model},
    Field{"n", read_n},
    Field{"parallel_tool_calls", read_parallel_tool_calls},
    Field{"presence_penalty", read_ranged<&Sampling::presence_penalty, -2, 2>},
    Field{"prompt_cache_key", read_bookkeeping_string},
    Field{"prompt_cache_options", read_bookkeeping_object},
    Field{"prompt_cache_retention", read_bookkeeping_string},
    Field{"repeat_penalty", read_repeat_penalty},
    Field{"response_format", read_response_format},
    Field{"safety_identifier", read_bookkeeping_string},
    Field{"seed", read_seed},
    Field{"service_tier", read_bookkeeping_string},
    Field{"stop", read_stop},
    Field{"store", read_store},
    Field{"stream", read_stream},
    Field{"stream_options", read_stream_options},
    Field{"temperature", read_ranged<&Sampling::temperature, 0, 2>},
    Field{"tool_choice", read_tool_choice},
    Field{"tools", read_tools},
    Field{"top_k", read_top_k},
    Field{"top_logprobs", read_top_logprobs},
    Field{"top_p", read_ranged<&Sampling::top_p, 0, 1>},
    Field{"user", read_bookkeeping_string},
};
static_assert(std::ranges::is_sorted(kFields, {}, &Field::name));

Status read_member(Draft& draft, const Value::Member& member) {
  const Path path(member.name);
  if (member.name == "stream_options") draft.request.has_stream_options = true;
  if (member.name == "b3iq") draft.request.has_b3iq = true;
  const auto* const field = std::ranges::lower_bound(kFields, member.name, {}, &Field::name);
  const bool known = field != kFields.end() && field->name == member.name;
  const bool needs_value = member.name == "model" || member.name == "messages";
  if (member.value.is_null() && !needs_value) return {};
  if (known) return field->read(draft, member.value, path);
  return note_unknown(draft.request, path);
}

// What can be said only when all members are known.
Status check_together(const Draft& draft) {
  const ChatRequest& request = draft.request;
  if (request.model.empty()) return missing_field(Path("model"));
  if (request.messages.empty()) return missing_field(Path("messages"));
  if (draft.top_logprobs_given && !request.logprobs) {
    return invalid_value(Path("top_logprobs"), "it needs 'logprobs' set to true");
  }
  if (draft.stream_options_given && !request.stream) {
    return invalid_value(Path("stream_options"), "it is allowed only when 'stream' is true");
  }
  return check_tool_choice(request);
}

}  // namespace

base::Result<ChatRequest> decode_chat_request(std::string_view body, const json::Limits& limits) {
  TRY(auto document, json::Document::parse(body, limits));
  return decode_chat_request(std::move(document), body);
}

base::Result<ChatRequest> decode_chat_request(json::Document document, std::string_view body) {
  ChatRequest request;
  request.body = body;
  request.document = std::move(document);
  const Value root = request.document->root();
  if (!root.is_object()) {
    return base::Error(base::ErrorCode::invalid_request,
                       "The body must be a JSON object with 'model' and 'messages'.");
  }
  Draft draft{.request = request};
  for (std::size_t i = 0; i < root.size(); ++i) {
    TRY_OK(read_member(draft, root.member(i)));
  }
  TRY_OK(check_together(draft));
  request.max_tokens = draft.max_completion_tokens ? draft.max_completion_tokens : draft.max_tokens;
  return request;
}

}  // namespace b3iq::inference
