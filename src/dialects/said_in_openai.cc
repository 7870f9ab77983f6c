#include "dialects/said_in_openai.h"

#include <algorithm>
#include <forward_list>

#include "inference/openai_request.h"

namespace b3iq::dialects {

using base::Result;
using base::Status;
using inference::ChatRequest;
using inference::Path;
using json::Value;

namespace {
// A caller's body of the deepest nesting allowed, said in OpenAI's, is a few levels deeper.
constexpr int kMaxDepth = json::Limits{}.max_depth + 8;
}  // namespace

Result<ChatRequest> said_in_openai(std::string openai_body, std::string_view caller_body) {
  std::forward_list<std::string> owned;
  const std::string_view body = owned.emplace_front(std::move(openai_body));
  TRY(auto request,
      inference::decode_chat_request(body, {.max_bytes = body.size(), .max_depth = kMaxDepth}));
  request.owned.splice_after(request.owned.before_begin(), owned);
  request.caller_body = caller_body;
  return request;
}

Status refuse_others(Value object, const Path& path,
                     std::initializer_list<std::string_view> known) {
  for (std::size_t i = 0; i < object.size(); ++i) {
    const Value::Member member = object.member(i);
    if (member.value.is_null() || std::ranges::find(known, member.name) != known.end()) continue;
    return inference::unsupported_value(
        path.member(member.name), "it is not known here and may change the answer; leave it out");
  }
  return {};
}

Result<std::string_view> required_string(Value object, std::string_view name, const Path& path) {
  const Value value = object.find(name);
  const Path here = path.member(name);
  if (!value) return inference::missing_field(here);
  return inference::read_string(value, here);
}

void write_text_part(json::Writer& w, std::string_view text) {
  w.begin_object();
  w.member("type", "text");
  w.member("text", text);
  w.end_object();
}

void write_image_part(json::Writer& w, std::string_view url) {
  w.begin_object();
  w.member("type", "image_url");
  w.key("image_url");
  w.begin_object();
  w.member("url", url);
  w.end_object();
  w.end_object();
}

void write_tool_call(json::Writer& w, std::string_view id, std::string_view name,
                     std::string_view arguments) {
  w.begin_object();
  w.member("id", id);
  w.member("type", "function");
  w.key("function");
  w.begin_object();
  w.member("name", name);
  w.member("arguments", arguments);
  w.end_object();
  w.end_object();
}

std::string_view sentence_of(const base::Error& error) {
  return error.detail.empty() ? base::error_info(error.code).title : std::string_view(error.detail);
}

void write_problem(json::Writer& w, const base::Error& error) {
  const base::ErrorInfo& info = base::error_info(error.code);
  w.key("b3iq");
  w.begin_object();
  w.member("status", info.http_status);
  w.member("title", info.title);
  w.member("detail", sentence_of(error));
  w.member("code", info.wire_name);
  w.end_object();
}

}  // namespace b3iq::dialects
