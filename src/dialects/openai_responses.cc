#include "dialects/openai_responses.h"

#include "dialects/responses_echo.h"
#include "dialects/responses_request.h"
#include "protocol/error_json.h"

namespace b3iq::dialects {
namespace {

// The events of one stream are numbered from 0.
class Events {
 public:
  Events(std::string& out, std::int64_t first) : out_(out), number_(first) {}

  // Opens `data: {"type":…,"sequence_number":…`; end() closes it.
  std::string& begin(std::string_view type) {
    out_.append("event: ").append(type).append("\ndata: {\"type\":\"").append(type);
    out_.append(R"(","sequence_number":)").append(std::to_string(number_++));
    return out_;
  }
  // The same of an event that belongs to an item.
  std::string& begin(std::string_view type, const OutputItem& item, std::size_t index) {
    begin(type).append(R"(,"item_id":)");
    json::append_string(out_, item.id);
    out_.append(R"(,"output_index":)").append(std::to_string(index));
    if (item.kind != ItemKind::call) out_.append(R"(,"content_index":0)");
    return out_;
  }
  void end() { out_.append("}\n\n"); }
  std::int64_t number() const { return number_; }

 private:
  std::string& out_;
  std::int64_t number_;
};

std::string_view delta_event(ItemKind kind) {
  switch (kind) {
    case ItemKind::reasoning:
      return "response.reasoning_text.delta";
    case ItemKind::message:
      return "response.output_text.delta";
    case ItemKind::call:
      return "response.function_call_arguments.delta";
  }
  return "response.output_text.delta";
}

std::string_view done_event(ItemKind kind) {
  switch (kind) {
    case ItemKind::reasoning:
      return "response.reasoning_text.done";
    case ItemKind::message:
      return "response.output_text.done";
    case ItemKind::call:
      return "response.function_call_arguments.done";
  }
  return "response.output_text.done";
}

std::string_view incomplete_reason(Finish finish) {
  switch (finish) {
    case Finish::stop:
    case Finish::tool_calls:
      return "";
    case Finish::content_filter:
      return "content_filter";
    case Finish::length:
    case Finish::cancelled:
    case Finish::error:
      break;
  }
  return "max_output_tokens";
}

ResponseState ended(Finish finish, const std::vector<OutputItem>& items, const Usage& usage,
                    std::string_view b3iq) {
  const auto reason = incomplete_reason(finish);
  return {.status = reason.empty() ? "completed" : "incomplete",
          .incomplete_reason = reason,
          .items = &items,
          .usage = &usage,
          .b3iq = b3iq};
}

class ResponsesWriter final : public AnswerWriter {
 public:
  ResponsesWriter(const AnswerIdentity& identity, const ChatRequest& request)
      : call_id_(identity.call_id),
        head_{"resp_" + call_id_, identity.created_s, std::string(identity.model), request.echo} {}

  void append_opening(std::string& out) override {
    Events events(out, number_);
    for (const std::string_view type : {"response.created", "response.in_progress"}) {
      events.begin(type).append(R"(,"response":)");
      append_response(out, head_, {.status = "in_progress"});
      events.end();
    }
    number_ = events.number();
  }

  void append_step(std::string& out, const StreamStep& step) override {
    if (!step.reasoning.empty()) append_delta(out, ItemKind::reasoning, step.reasoning);
    if (!step.text.empty()) append_delta(out, ItemKind::message, step.text);
    for (const auto& delta : step.tool_calls) append_call(out, delta);
  }

  void append_end(std::string& out, Finish finish, const Usage& usage,
                  std::string_view b3iq) const override {
    Events events(out, number_);
    const auto state = ended(finish, items_, usage, b3iq);
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const bool cut = i + 1 == items_.size() && !state.incomplete_reason.empty();
      append_done(events, out, i, cut ? "incomplete" : "completed");
    }
    const bool whole = state.incomplete_reason.empty();
    events.begin(whole ? "response.completed" : "response.incomplete").append(R"(,"response":)");
    append_response(out, head_, state);
    events.end();
  }

  // Told twice: response.failed for those who follow the response, and an event with the error
  // itself, which OpenAI's own client turns into an exception.
  void append_error(std::string& out, const base::Error& error,
                    std::string_view request_id) const override {
    const bool busy = base::error_info(error.code).http_status == 429 ||
                      error.code == base::ErrorCode::overloaded;
    Events events(out, number_);
    events.begin("response.failed").append(R"(,"response":)");
    append_response(out, head_,
                    {.status = "failed",
                     .error_code = busy ? "rate_limit_exceeded" : "server_error",
                     .error_message = error.detail,
                     .items = &items_});
    events.end();
    events.begin("error").append(R"(,"code":)");
    json::append_string(out, base::error_info(error.code).wire_name);
    out.append(R"(,"message":)");
    json::append_string(out, error.detail);
    out.append(R"(,"param":null,)");
    // {"error":{…}} without its braces.
    const auto body = protocol::openai_error_body(error, request_id);
    out.append(body, 1, body.size() - 2);
    events.end();
  }

  std::string whole(const ChatAnswer& answer, std::string_view b3iq) const override {
    std::vector<OutputItem> items;
    const auto add = [&](ItemKind kind, std::string_view text) {
      items.push_back(make_item(kind, items.size()));
      items.back().text = text;
    };
    if (!answer.reasoning.empty()) add(ItemKind::reasoning, answer.reasoning);
    if (!answer.text.empty()) add(ItemKind::message, answer.text);
    for (const auto& call : answer.tool_calls) {
      add(ItemKind::call, call.arguments);
      items.back().name = call.name;
      if (!call.id.empty()) items.back().call_id = call.id;
    }
    std::string out;
    append_response(out, head_, ended(answer.finish, items, answer.usage, b3iq));
    return out;
  }

 private:
  OutputItem make_item(ItemKind kind, std::size_t index) const {
    static constexpr std::string_view kPrefixes[] = {"rs_", "msg_", "fc_"};
    OutputItem item{.kind = kind};
    item.id = std::string(kPrefixes[static_cast<std::size_t>(kind)]) + call_id_ + "_" +
              std::to_string(index);
    if (kind == ItemKind::call) item.call_id = "call_" + call_id_ + "_" + std::to_string(index);
    return item;
  }

  // Items stay open until the end: deltas of several calls may come in turns.
  void open(std::string& out, OutputItem item) {
    items_.push_back(std::move(item));
    Events events(out, number_);
    const auto index = items_.size() - 1;
    const auto& added = items_.back();
    events.begin("response.output_item.added").append(R"(,"output_index":)");
    out.append(std::to_string(index)).append(R"(,"item":)");
    append_item(out, added, "in_progress");
    events.end();
    if (added.kind != ItemKind::call) {
      events.begin("response.content_part.added", added, index).append(R"(,"part":)");
      append_part(out, added, "");
      events.end();
    }
    number_ = events.number();
  }

  void append_to(std::string& out, std::size_t index, std::string_view text) {
    auto& item = items_[index];
    item.text += text;
    Events events(out, number_);
    events.begin(delta_event(item.kind), item, index).append(R"(,"delta":)");
    json::append_string(out, text);
    if (item.kind == ItemKind::message) out.append(R"(,"logprobs":[])");
    events.end();
    number_ = events.number();
  }

  void append_delta(std::string& out, ItemKind kind, std::string_view text) {
    std::size_t index = 0;
    while (index < items_.size() && items_[index].kind != kind) ++index;
    if (index == items_.size()) open(out, make_item(kind, index));
    append_to(out, index, text);
  }

  void append_call(std::string& out, const inference::ToolCallDelta& delta) {
    const auto is_it = [&](const OutputItem& item) {
      return item.kind == ItemKind::call && item.tool_index == delta.index;
    };
    std::size_t index = 0;
    while (index < items_.size() && !is_it(items_[index])) ++index;
    if (index == items_.size()) {
      auto item = make_item(ItemKind::call, index);
      item.tool_index = delta.index;
      item.name = delta.name;
      if (!delta.id.empty()) item.call_id = delta.id;
      open(out, std::move(item));
    }
    if (!delta.arguments.empty()) append_to(out, index, delta.arguments);
  }

  void append_done(Events& events, std::string& out, std::size_t index,
                   std::string_view status) const {
    const auto& item = items_[index];
    events.begin(done_event(item.kind), item, index);
    if (item.kind == ItemKind::call) {
      out.append(R"(,"name":)");
      json::append_string(out, item.name);
    }
    out.append(item.kind == ItemKind::call ? R"(,"arguments":)" : R"(,"text":)");
    json::append_string(out, item.text);
    if (item.kind == ItemKind::message) out.append(R"(,"logprobs":[])");
    events.end();
    if (item.kind != ItemKind::call) {
      events.begin("response.content_part.done", item, index).append(R"(,"part":)");
      append_part(out, item, item.text);
      events.end();
    }
    events.begin("response.output_item.done").append(R"(,"output_index":)");
    out.append(std::to_string(index)).append(R"(,"item":)");
    append_item(out, item, status);
    events.end();
  }

  std::string call_id_;
  ResponseHead head_;
  std::vector<OutputItem> items_;
  std::int64_t number_ = 0;
};

std::unique_ptr<AnswerWriter> make_writer(const AnswerIdentity& identity,
                                          const ChatRequest& request) {
  return std::make_unique<ResponsesWriter>(identity, request);
}

}  // namespace

const Dialect& openai_responses() {
  static constexpr Dialect kDialect{decode_responses, make_writer, false, in_responses_words};
  return kDialect;
}

}  // namespace b3iq::dialects
