#include "dialects/anthropic_request.h"

#include <algorithm>
#include <array>

#include "dialects/anthropic_messages.h"
#include "dialects/anthropic_tools.h"
#include "dialects/member_words.h"
#include "dialects/said_in_openai.h"
#include "inference/openai_request.h"

namespace b3iq::dialects {
namespace {

using base::Result;
using base::Status;
using inference::ChatRequest;
using inference::invalid_value;
using inference::Path;
using inference::unsupported_value;
using inference::wrong_type;
using json::Value;

constexpr std::int64_t kMaxTopK = 1'000'000;

// The OpenAI body as it grows.
struct Draft {
  json::Writer& w;
  bool wants_reasoning = false;
};

Status write_model(Draft& draft, Value value, const Path& path) {
  TRY(const std::string_view name, inference::read_string(value, path));
  draft.w.member("model", name);
  return {};
}

Status write_max_tokens(Draft& draft, Value value, const Path& path) {
  TRY(const auto count, inference::read_integer(value, path, 1, inference::kMaxTokensAsked));
  draft.w.member("max_tokens", count);
  return {};
}

// Of temperature and top_p: 0 to 1 in Anthropic's.
Status write_fraction(Draft& draft, Value value, const Path& path) {
  TRY(const double number, inference::read_number(value, path, 0, 1));
  draft.w.member(path.name, number);
  return {};
}

Status write_top_k(Draft& draft, Value value, const Path& path) {
  TRY(const auto count, inference::read_integer(value, path, 0, kMaxTopK));
  draft.w.member("top_k", count);
  return {};
}

Status write_stop(Draft& draft, Value value, const Path& path) {
  if (!value.is_array()) return wrong_type(path, "an array of strings", value);
  if (value.size() > inference::kMaxStopStrings) {
    return invalid_value(path, "at most 4 stop sequences can be given");
  }
  draft.w.key("stop");
  draft.w.begin_array();
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Path here = path.element(i);
    TRY(const std::string_view text, inference::read_string(value.at(i), here));
    if (text.empty() || text.size() > inference::kMaxStopBytes) {
      return invalid_value(here, "a stop sequence has 1 to 1024 bytes");
    }
    draft.w.value(text);
  }
  draft.w.end_array();
  return {};
}

Status write_stream(Draft& draft, Value value, const Path& path) {
  TRY(const bool stream, inference::read_boolean(value, path));
  draft.w.member("stream", stream);
  return {};
}

Status write_tools(Draft& draft, Value value, const Path& path) {
  return write_anthropic_tools(draft.w, value, path);
}

Status write_tool_choice(Draft& draft, Value value, const Path& path) {
  return write_anthropic_tool_choice(draft.w, value, path);
}

Status write_output(Draft& draft, Value value, const Path& path) {
  return write_anthropic_output(draft.w, value, path);
}

Status read_thinking(Draft& draft, Value value, const Path& path) {
  TRY_OK(inference::expect_object(value, path));
  TRY(const std::string_view type, required_string(value, "type", path));
  if (type == "disabled") return {};
  if (type != "adaptive") {
    return unsupported_value(path.member("type"),
                             "no budget of thinking is kept here; use 'adaptive' to be told what a "
                             "model thinks by itself, or 'disabled'");
  }
  // The same as what models here do by themselves.
  TRY_OK(refuse_others(value, path, {"type", "display"}));
  const Value display = value.find("display");
  draft.wants_reasoning = display.string() != "omitted";
  return {};
}

// Our own policy object: judged where OpenAI's body is read.
Status write_b3iq(Draft& draft, Value value, const Path&) {
  draft.w.key("b3iq");
  draft.w.raw(value.to_text());
  return {};
}

Status expect_any_object(Draft&, Value value, const Path& path) {
  return inference::expect_object(value, path);
}

Status read_service_tier(Draft&, Value value, const Path& path) {
  TRY_OK(inference::read_string(value, path));
  return {};
}

Status written_elsewhere(Draft&, Value, const Path&) { return {}; }

struct Field {
  std::string_view name;
  Status (*write)(Draft&, Value, const Path&);
};

constexpr std::array kFields = {
    Field{"b3iq", write_b3iq},
    Field{"cache_control", expect_any_object},
    Field{"max_tokens", write_max_tokens},
    Field{"messages", written_elsewhere},
    Field{"metadata", expect_any_object},
    Field{"model", write_model},
    Field{"output_config", write_output},
    Field{"service_tier", read_service_tier},
    Field{"stop_sequences", write_stop},
    Field{"stream", write_stream},
    Field{"system", written_elsewhere},
    Field{"temperature", write_fraction},
    Field{"thinking", read_thinking},
    Field{"tool_choice", write_tool_choice},
    Field{"tools", write_tools},
    Field{"top_k", write_top_k},
    Field{"top_p", write_fraction},
};

Status write_member(Draft& draft, const Value::Member& member) {
  if (member.value.is_null()) return {};
  const Path path(member.name);
  const auto* const field = std::ranges::find(kFields, member.name, &Field::name);
  if (field != kFields.end()) return field->write(draft, member.value, path);
  return unsupported_value(path, "it is not known here and may change the answer; leave it out");
}

}  // namespace

Result<ChatRequest> decode_anthropic(std::string_view body) {
  TRY(const auto document, json::Document::parse(body));
  const Value root = document.root();
  if (!root.is_object()) {
    return base::Error(base::ErrorCode::invalid_request,
                       "The body must be a JSON object with 'model', 'max_tokens' and 'messages'.");
  }
  for (const std::string_view name : {"model", "max_tokens"}) {
    if (root.find(name).is_null()) return inference::missing_field(Path(name));
  }
  std::string said;
  said.reserve(body.size() + body.size() / 8);
  json::Writer w(said);
  Draft draft{w};
  w.begin_object();
  for (std::size_t i = 0; i < root.size(); ++i) TRY_OK(write_member(draft, root.member(i)));
  w.key("messages");
  TRY_OK(write_anthropic_messages(w, root.find("system"), root.find("messages")));
  w.end_object();
  auto request = said_in_openai(std::move(said), body);
  if (!request.ok()) return in_anthropic_words(std::move(request).error());
  request->wants_reasoning = draft.wants_reasoning;
  return request;
}

base::Error in_anthropic_words(base::Error error) {
  static constexpr std::array kWords = {
      MemberWord{"response_format.json_schema", "output_config.format"},
      MemberWord{"response_format", "output_config.format"},
      MemberWord{"tools[].function.parameters", "tools[].input_schema"},
      MemberWord{"tools[].function", "tools[]"},
      MemberWord{"stop", "stop_sequences"},
      MemberWord{"messages", "messages"},
  };
  return in_words(std::move(error), kWords);
}

}  // namespace b3iq::dialects
