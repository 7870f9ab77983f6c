#include "client/jobs/answer_events.h"

#include "http/sse.h"
#include "json/json.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::string_view kChunk = "chat.completion.chunk";

class EventWriter {
 public:
  explicit EventWriter(json::Value answer) : answer_(answer) {}

  // `fill` writes one choice's members behind its index; `more` what stands behind the choices.
  template <class Fill, class More>
  void event(json::Value choices, Fill fill, More more) {
    std::string text;
    json::Writer w(text);
    w.begin_object();
    for (const std::string_view name : {"id", "created", "model", "system_fingerprint"})
      copy(w, answer_, name);
    w.member("object", kChunk);
    w.key("choices");
    w.begin_array();
    for (std::size_t i = 0; i < choices.size(); ++i) {
      w.begin_object();
      w.member("index", choices.at(i).find("index").integer().value_or(std::int64_t(i)));
      fill(w, choices.at(i));
      w.end_object();
    }
    w.end_array();
    more(w);
    w.end_object();
    http::append_sse_event(out_, text);
  }

  static void copy(json::Writer& w, json::Value from, std::string_view name) {
    const auto value = from.find(name);
    if (!value) return;
    w.key(name);
    w.raw(value.to_text());
  }

  std::string take() {
    out_.append(http::kSseDone);
    return std::move(out_);
  }

 private:
  json::Value answer_;
  std::string out_;
};

// In a stream each call has a place, so that pieces of it can be told apart. The rest of a cut
// stream says it itself.
void write_tool_calls(json::Writer& w, json::Value calls) {
  w.key("tool_calls");
  w.begin_array();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    w.begin_object();
    const auto call = calls.at(i);
    w.member("index", call.find("index").integer().value_or(std::int64_t(i)));
    for (std::size_t k = 0; k < call.size(); ++k) {
      if (call.member(k).name == "index") continue;
      w.key(call.member(k).name);
      w.raw(call.member(k).value.to_text());
    }
    w.end_object();
  }
  w.end_array();
}

void write_delta(json::Writer& w, json::Value message) {
  w.key("delta");
  w.begin_object();
  for (std::size_t i = 0; i < message.size(); ++i) {
    const auto member = message.member(i);
    if (member.name == "tool_calls" && member.value.is_array()) {
      write_tool_calls(w, member.value);
    } else {
      w.key(member.name);
      w.raw(member.value.to_text());
    }
  }
  w.end_object();
}

void write_end(json::Writer& w, json::Value choice) {
  w.key("delta");
  w.begin_object();
  w.end_object();
  const auto reason = choice.find("finish_reason").string();
  w.member("finish_reason", reason.value_or("stop"));
}

}  // namespace

Result<std::string> events_of_answer(std::string_view answer, bool include_usage) {
  TRY(const auto document, json::Document::parse(answer));
  const auto root = document.root();
  const auto choices = root.find("choices");
  if (!choices.is_array() || choices.size() == 0) {
    return Error(ErrorCode::upstream_failed,
                 "The node's answer is no chat completion. Ask for it without stream to see it.");
  }
  EventWriter events(root);
  const auto nothing = [](json::Writer&) {};
  const auto whole = [](json::Writer& w, json::Value choice) {
    write_delta(w, choice.find("message"));
    EventWriter::copy(w, choice, "logprobs");
    w.key("finish_reason");
    w.null();
  };
  events.event(choices, whole, nothing);
  const auto own = [&](json::Writer& w) { EventWriter::copy(w, root, "b3iq"); };
  const auto end = [](json::Writer& w, json::Value choice) { write_end(w, choice); };
  if (!include_usage) {
    events.event(choices, end, own);
    return events.take();
  }
  events.event(choices, end, nothing);
  const auto usage = [&](json::Writer& w) {
    EventWriter::copy(w, root, "usage");
    own(w);
  };
  events.event(json::Value(), end, usage);
  return events.take();
}

}  // namespace b3iq::client
