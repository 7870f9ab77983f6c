#include "dialects/openai_completions.h"

#include <algorithm>
#include <array>

#include "dialects/member_words.h"
#include "inference/openai_request.h"
#include "inference/openai_response.h"
#include "inference/request_fields.h"
#include "protocol/error_json.h"

namespace b3iq::dialects {
namespace {

using base::Result;
using base::Status;
using inference::Path;
using inference::unsupported_value;
using json::Value;
using json::Writer;

constexpr std::string_view kIdPrefix = "cmpl-";
constexpr std::string_view kOnePrompt = "one prompt per request, as a text; send the others apart";

Result<std::string_view> read_prompt(Value prompt) {
  const Path path("prompt");
  if (prompt.is_null()) return inference::missing_field(path);
  if (const auto text = prompt.string()) return *text;
  if (!prompt.is_array()) return inference::wrong_type(path, "a string", prompt);
  if (prompt.size() == 0) return inference::invalid_value(path, "a prompt is needed");
  const auto only = prompt.at(0).string();
  if (prompt.size() != 1 || !only) return unsupported_value(path, kOnePrompt);
  return *only;
}

Status check_best_of(Value value, const Path& path) {
  TRY(const auto count, inference::read_integer(value, path, 1, 20));
  if (count != 1) return unsupported_value(path, "one answer is made per request; leave it out");
  return {};
}

Status check_echo(Value value, const Path& path) {
  TRY(const bool echo, inference::read_boolean(value, path));
  if (echo) return unsupported_value(path, "put the prompt before the answer yourself");
  return {};
}

Status refuse_suffix(Value, const Path& path) {
  return unsupported_value(path, "nothing is inserted here; leave it out");
}

Status refuse_logprobs(Value, const Path& path) {
  return unsupported_value(path, "use /v1/chat/completions with 'logprobs'");
}

Status checked_below(Value, const Path&) { return {}; }

struct Member {
  std::string_view name;
  Status (*check)(Value, const Path&);
  bool shared;  // stands in a chat request too, and is checked there
};

constexpr std::array kMembers = {
    Member{"b3iq", checked_below, true},
    Member{"best_of", check_best_of, false},
    Member{"echo", check_echo, false},
    Member{"frequency_penalty", checked_below, true},
    Member{"logit_bias", checked_below, true},
    Member{"logprobs", refuse_logprobs, false},
    Member{"max_tokens", checked_below, true},
    Member{"min_p", checked_below, true},
    Member{"model", checked_below, true},
    Member{"n", checked_below, true},
    Member{"presence_penalty", checked_below, true},
    Member{"prompt", checked_below, false},
    Member{"repeat_penalty", checked_below, true},
    Member{"seed", checked_below, true},
    Member{"stop", checked_below, true},
    Member{"stream", checked_below, true},
    Member{"stream_options", checked_below, true},
    Member{"suffix", refuse_suffix, false},
    Member{"temperature", checked_below, true},
    Member{"top_k", checked_below, true},
    Member{"top_p", checked_below, true},
    Member{"user", checked_below, true},
};
static_assert(std::ranges::is_sorted(kMembers, {}, &Member::name));

// The chat whose checks and typed members are those of this completion.
Status write_chat(Writer& w, Value root) {
  w.begin_object();
  for (std::size_t i = 0; i < root.size(); ++i) {
    const auto member = root.member(i);
    const Path path(member.name);
    const auto* known = std::ranges::lower_bound(kMembers, member.name, {}, &Member::name);
    if (known == kMembers.end() || known->name != member.name)
      return unsupported_value(path, "it is no member of a completion here");
    if (!member.value.is_null()) TRY_OK(known->check(member.value, path));
    if (!known->shared) continue;
    w.key(member.name);
    w.raw(member.value.to_text());
  }
  TRY(const std::string_view prompt, read_prompt(root.find("prompt")));
  w.key("messages");
  w.begin_array();
  w.begin_object();
  w.member("role", "user");
  w.member("content", prompt);
  w.end_object();
  w.end_array();
  w.end_object();
  return {};
}

base::Error in_completion_words(base::Error error) {
  static constexpr std::array kWords = {MemberWord{"messages", "prompt"}};
  return in_words(std::move(error), kWords);
}

Result<ChatRequest> decode(std::string_view body) {
  TRY(const auto document, json::Document::parse(body));
  const Value root = document.root();
  if (!root.is_object()) {
    return base::Error(base::ErrorCode::invalid_request,
                       "The body must be a JSON object with 'model' and 'prompt'.");
  }
  std::forward_list<std::string> owned;
  std::string& chat = owned.emplace_front();
  Writer writer(chat);
  TRY_OK(write_chat(writer, root));
  auto request = inference::decode_chat_request(chat, {.max_bytes = 2 * json::Limits{}.max_bytes});
  if (!request.ok()) return in_completion_words(std::move(request).error());
  request->owned.splice_after(request->owned.before_begin(), owned);
  request->body = body;
  request->raw_prompt = true;
  if (!request->max_tokens) {
    request->max_tokens = kDefaultCompletionTokens;
    request->max_tokens_imposed = true;
  }
  return request;
}

class CompletionWriter final : public AnswerWriter {
 public:
  CompletionWriter(const AnswerIdentity& identity, const ChatRequest& request)
      : include_usage_(request.include_usage) {
    Writer w(head_);
    w.begin_object();
    w.member("id", std::string(kIdPrefix).append(identity.call_id));
    w.member("object", "text_completion");
    w.member("created", identity.created_s);
    w.member("model", identity.model);
    w.key("choices");
  }

  void append_opening(std::string&) override {}
  void append_step(std::string& out, const StreamStep& step) override {
    if (step.text.empty()) return;
    out.append("data: ");
    append_choice(out, step.text, {});
    out.append(include_usage_ ? R"(,"usage":null})" : "}").append("\n\n");
  }
  void append_end(std::string& out, Finish finish, const Usage& usage,
                  std::string_view b3iq) const override {
    out.append("data: ");
    append_choice(out, {}, wire_finish(finish));
    if (include_usage_) {
      out.append(R"(,"usage":null})").append("\n\ndata: ").append(head_).append("[]");
      append_usage(out, usage);
    }
    append_b3iq(out, b3iq);
    out.append("}\n\n").append(inference::kStreamDone);
  }
  void append_error(std::string& out, const base::Error& error,
                    std::string_view request_id) const override {
    out.append("data: ").append(protocol::openai_error_body(error, request_id)).append("\n\n");
  }
  std::string whole(const ChatAnswer& answer, std::string_view b3iq) const override {
    std::string out;
    append_choice(out, answer.text, wire_finish(answer.finish));
    append_usage(out, answer.usage);
    append_b3iq(out, b3iq);
    out.push_back('}');
    return out;
  }

 private:
  // A completion knows no tool calls.
  static std::string_view wire_finish(Finish finish) {
    return finish == Finish::tool_calls ? "stop" : inference::wire_finish(finish);
  }
  static void append_usage(std::string& out, const Usage& usage) {
    out.append(R"(,"usage":)");
    inference::append_usage(out, usage);
  }
  static void append_b3iq(std::string& out, std::string_view b3iq) {
    if (!b3iq.empty()) out.append(R"(,"b3iq":)").append(b3iq);
  }
  // The object is left open.
  void append_choice(std::string& out, std::string_view text, std::string_view finish) const {
    out.append(head_).append(R"([{"index":0,"text":)");
    json::append_string(out, text);
    out.append(R"(,"logprobs":null,"finish_reason":)");
    if (finish.empty()) {
      out.append("null}]");
    } else {
      out.append("\"").append(finish).append("\"}]");
    }
  }

  std::string head_;  // {"id":…,"object":…,"created":…,"model":…,"choices":
  bool include_usage_;
};

std::unique_ptr<AnswerWriter> make_writer(const AnswerIdentity& identity,
                                          const ChatRequest& request) {
  return std::make_unique<CompletionWriter>(identity, request);
}

}  // namespace

const Dialect& openai_completions() {
  static constexpr Dialect kDialect{decode, make_writer, true, in_completion_words};
  return kDialect;
}

}  // namespace b3iq::dialects
