#include "dialects/ollama_body.h"

#include <algorithm>
#include <array>
#include <span>

#include "dialects/member_words.h"
#include "dialects/ollama_messages.h"
#include "dialects/ollama_options.h"
#include "dialects/said_in_openai.h"

namespace b3iq::dialects {
namespace {

using base::Result;
using base::Status;
using inference::ChatRequest;
using inference::Path;
using inference::unsupported_value;
using inference::wrong_type;
using json::Value;

// The OpenAI body as it grows.
struct Draft {
  json::Writer& w;
  bool stream = true;
  bool wants_reasoning = true;
};

Status write_model(Draft& draft, Value value, const Path& path) {
  TRY(const std::string_view name, inference::read_string(value, path));
  draft.w.member("model", name);
  return {};
}

Status read_stream(Draft& draft, Value value, const Path& path) {
  TRY(draft.stream, inference::read_boolean(value, path));
  return {};
}

Status read_think(Draft& draft, Value value, const Path& path) {
  if (value.is_string()) {
    return unsupported_value(path, "no level of thinking is kept here; use true or false");
  }
  TRY(draft.wants_reasoning, inference::read_boolean(value, path));
  return {};
}

Status write_options(Draft& draft, Value value, const Path& path) {
  return write_ollama_options(draft.w, value, path);
}

Status write_format(Draft& draft, Value value, const Path& path) {
  const auto word = value.string();
  if (word == "") return {};
  if (word != "json" && !value.is_object()) {
    return inference::invalid_value(path, "it must be \"json\" or a JSON Schema");
  }
  json::Writer& w = draft.w;
  w.key("response_format");
  w.begin_object();
  w.member("type", word ? "json_object" : "json_schema");
  if (!word) {
    w.key("json_schema");
    w.begin_object();
    w.member("name", "answer");
    w.member("strict", true);
    w.key("schema");
    w.raw(value.to_text());
    w.end_object();
  }
  w.end_object();
  return {};
}

// Tools are written as OpenAI's are.
Status write_tools(Draft& draft, Value value, const Path& path) {
  if (!value.is_array()) return wrong_type(path, "an array of tools", value);
  if (value.size() == 0) return {};
  draft.w.key("tools");
  draft.w.raw(value.to_text());
  return {};
}

Status ignored(Draft&, Value, const Path&) { return {}; }
Status written_elsewhere(Draft&, Value, const Path&) { return {}; }

// False, "" and [] are what these are when they are not used.
Status refuse_used(Draft&, Value value, const Path& path) {
  const bool unused = value.boolean() == false || value.string() == "" ||
                      (value.is_array() && value.size() == 0) || value.integer() == 0;
  if (unused) return {};
  return unsupported_value(path, "it cannot be done here; leave it out");
}

struct Field {
  std::string_view name;
  Status (*write)(Draft&, Value, const Path&);
};

constexpr std::array kOfBoth = {
    Field{"format", write_format},      Field{"keep_alive", ignored},
    Field{"logprobs", refuse_used},     Field{"model", write_model},
    Field{"options", write_options},    Field{"shift", refuse_used},
    Field{"stream", read_stream},       Field{"think", read_think},
    Field{"top_logprobs", refuse_used}, Field{"truncate", refuse_used},
};
constexpr std::array kOfChat = {
    Field{"messages", written_elsewhere},
    Field{"tools", write_tools},
};
constexpr std::array kOfGenerate = {
    Field{"context", refuse_used},      Field{"images", written_elsewhere},
    Field{"prompt", written_elsewhere}, Field{"raw", refuse_used},
    Field{"suffix", refuse_used},       Field{"system", written_elsewhere},
    Field{"template", refuse_used},
};

const Field* find_field(std::span<const Field> fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

Status write_members(Draft& draft, Value root, std::span<const Field> own) {
  for (std::size_t i = 0; i < root.size(); ++i) {
    const Value::Member member = root.member(i);
    if (member.value.is_null()) continue;
    const Path path(member.name);
    const Field* field = find_field(kOfBoth, member.name);
    if (field == nullptr) field = find_field(own, member.name);
    if (field == nullptr) {
      return unsupported_value(path,
                               "it is not known here and may change the answer; leave it out");
    }
    TRY_OK(field->write(draft, member.value, path));
  }
  return {};
}

base::Error in_option_words(base::Error error) {
  static constexpr std::array kWords = {
      MemberWord{"response_format.json_schema.schema", "format"},
      MemberWord{"response_format", "format"},
      MemberWord{"max_tokens", "options.num_predict"},
      MemberWord{"temperature", "options.temperature"},
      MemberWord{"top_p", "options.top_p"},
      MemberWord{"top_k", "options.top_k"},
      MemberWord{"min_p", "options.min_p"},
      MemberWord{"seed", "options.seed"},
      MemberWord{"stop", "options.stop"},
      MemberWord{"repeat_penalty", "options.repeat_penalty"},
      MemberWord{"presence_penalty", "options.presence_penalty"},
      MemberWord{"frequency_penalty", "options.frequency_penalty"},
  };
  return in_words(std::move(error), kWords);
}

struct Call {
  std::span<const Field> own;
  Status (*write_messages)(json::Writer&, Value root);
  base::Error (*in_words)(base::Error error);
};

Result<ChatRequest> decode(std::string_view body, const Call& call) {
  TRY(const auto document, json::Document::parse(body));
  const Value root = document.root();
  if (!root.is_object()) {
    return base::Error(base::ErrorCode::invalid_request, "The body must be a JSON object.");
  }
  if (root.find("model").is_null()) return inference::missing_field(Path("model"));
  std::string said;
  said.reserve(body.size() + body.size() / 8);
  json::Writer w(said);
  Draft draft{w};
  w.begin_object();
  TRY_OK(write_members(draft, root, call.own));
  w.member("stream", draft.stream);
  w.key("messages");
  TRY_OK(call.write_messages(w, root));
  w.end_object();
  auto made = said_in_openai(std::move(said), body);
  if (!made.ok()) return call.in_words(std::move(made).error());
  ChatRequest request = std::move(made).value();
  request.wants_reasoning = draft.wants_reasoning;
  // A member of a message or tool that OpenAI's dialect does not know is not for a runtime to
  // judge.
  if (!request.unknown_members.empty()) {
    return unsupported_value(Path(request.unknown_members.front()),
                             "it is not known here and may change the answer; leave it out");
  }
  return request;
}

}  // namespace

base::Error in_ollama_chat_words(base::Error error) { return in_option_words(std::move(error)); }

base::Error in_ollama_generate_words(base::Error error) {
  static constexpr std::array kWords = {MemberWord{"messages", "prompt"}};
  return in_words(in_option_words(std::move(error)), kWords);
}

Result<ChatRequest> decode_ollama_chat(std::string_view body) {
  const auto write_messages = [](json::Writer& w, Value root) {
    return write_ollama_messages(w, root.find("messages"));
  };
  return decode(body, {kOfChat, write_messages, in_ollama_chat_words});
}

Result<ChatRequest> decode_ollama_generate(std::string_view body) {
  return decode(body, {kOfGenerate, write_ollama_prompt, in_ollama_generate_words});
}

}  // namespace b3iq::dialects
