#include "inference/sse_relay.h"

#include "inference/chunk_facts.h"
#include "inference/json_splice.h"
#include "json/json.h"

namespace b3iq::inference {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

constexpr std::string_view kField = "data: ";
constexpr std::string_view kEventEnd = "\n\n";
constexpr std::string_view kDone = "[DONE]";
constexpr std::size_t kNoEnd = std::string_view::npos;

std::string_view json_of(std::string_view normal_event) {
  return normal_event.substr(kField.size(), normal_event.size() - kField.size() - kEventEnd.size());
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::string message_of(std::string_view data) {
  const auto document = json::Document::parse(data);
  return document.ok() ? upstream_message(document->root()) : std::string();
}

Error too_large() {
  return Error(ErrorCode::upstream_failed,
               "The runtime sent an event of more than 4 MiB; its answer was cut.");
}

}  // namespace

Result<SseRelay::Run> SseRelay::next() {
  output_.clear();
  output_content_ = {};
  while (!done_ && !input_.empty()) {
    if (skip_lf_ && input_.front() == '\n') input_.remove_prefix(1);
    skip_lf_ = false;
    TRY(const Run run, carry_.empty() ? run_of_input() : finish_carried());
    if (!run.events.empty()) return run;
  }
  return Run{};
}

// Completes the event whose start is carried, if the input holds its end.
Result<SseRelay::Run> SseRelay::finish_carried() {
  const std::size_t before = carry_.size();
  carry_.append(input_);
  const std::size_t end = border_.find(carry_);
  if ((end == kNoEnd ? carry_.size() : end) > kMaxRelayEventBytes) return too_large();
  if (end == kNoEnd) {
    input_ = {};
    return Run{};
  }
  input_.remove_prefix(end - before);
  carry_.resize(end);
  std::string event;
  event.swap(carry_);
  TRY(const Run run, take(event));
  event.clear();
  carry_.swap(event);  // keeps its room
  return run;
}

// The longest run of events at the front of the input that pass as they are; or what becomes of one
// that may not.
Result<SseRelay::Run> SseRelay::run_of_input() {
  Run run;
  std::size_t length = 0;
  while (length < input_.size()) {
    const std::string_view rest = input_.substr(length);
    const std::size_t end = border_.find(rest);
    const bool over = (end == kNoEnd ? rest.size() : end) > kMaxRelayEventBytes;
    if (over && length == 0) return too_large();
    if (end == kNoEnd && !over) {
      carry_.assign(rest);
      input_ = input_.substr(0, length);
      break;
    }
    const std::string_view event = rest.substr(0, over ? 0 : end);
    if (over || !passes_unseen(event)) {
      if (length > 0) {
        border_.reset();  // the next call begins with it
        break;
      }
      input_.remove_prefix(end);
      return take(event);
    }
    border_.reset();
    run.content.add_event(content_bytes(event));
    length += end;
  }
  run.events = input_.substr(0, length);
  input_.remove_prefix(length);
  return run;
}

bool SseRelay::passes_unseen(std::string_view event) const {
  return tail_.empty() && !first_event_.empty() && border_.normal(event) && !needs_parse(event);
}

// What comes out for one whole event.
Result<SseRelay::Run> SseRelay::take(std::string_view event) {
  const bool normal = border_.normal(event);
  border_.reset();
  skip_lf_ = event.back() == '\r';
  if (normal && !needs_parse(event)) {
    route(event, carries_content(event) ? Way::pass : Way::idle);
  } else if (normal) {
    TRY_OK(take_parsed(event));
  } else {
    TRY_OK(take_fields(event));
  }
  return Run{output_, output_content_};
}

Status SseRelay::take_fields(std::string_view event) {
  const SseFields fields = read_fields(event);
  const std::string_view data = trimmed(fields.data);
  if (data.empty()) return {};
  if (data == kDone) return end_answer();
  if (fields.is_error) {
    return Error(ErrorCode::upstream_failed,
                 "The runtime reported an error in its answer: " + message_of(data));
  }
  std::string normal(kField);
  normal.append(data).append(kEventEnd);
  return take_parsed(normal);
}

Status SseRelay::take_parsed(std::string_view event) {
  const std::string_view json = json_of(event);
  TRY(const ChunkFacts facts, parse_chunk(json));
  if (facts.finish) finish_ = facts.finish;
  if (facts.usage) usage_ = facts.usage;
  const bool usage_only = facts.usage && !facts.has_choices;
  if (usage_only && usage_chunk_ == UsageChunk::drop) {
    if (first_event_.empty()) first_event_ = event;
    return {};
  }
  const Way way = facts.finish || usage_only ? Way::hold
                  : carries_content(event)   ? Way::pass
                                             : Way::idle;
  const auto forged = facts.has_b3iq ? find_member(json, "b3iq") : std::nullopt;
  if (!forged) {
    route(event, way);
    return check_tail();
  }
  std::string cleaned(kField);
  for (const std::string_view piece : splice(json, {removal(json, *forged)})) cleaned.append(piece);
  route(cleaned.append(kEventEnd), way);
  return check_tail();
}

// Puts one event in normal form out or into the tail.
void SseRelay::route(std::string_view event, Way way) {
  if (first_event_.empty()) first_event_ = event;
  const std::size_t content = content_bytes(event);
  if (way == Way::hold || (way == Way::idle && !tail_.empty())) {
    tail_.append(event);
    tail_content_.add_event(content);
    return;
  }
  output_.append(tail_).append(event);
  output_content_.add(tail_content_);
  output_content_.add_event(content);
  tail_.clear();
  tail_content_ = {};
}

Status SseRelay::check_tail() const {
  if (tail_.size() > kMaxRelayEventBytes) return too_large();
  return {};
}

Status SseRelay::end_answer() {
  input_ = {};
  if (first_event_.empty()) {
    return Error(ErrorCode::upstream_failed, "The runtime ended its stream without an answer.");
  }
  if (tail_.empty()) tail_ = closing_event();
  done_ = true;
  return {};
}

// For a stream whose last event went out already: an end that carries nothing but the
// finish_reason.
std::string SseRelay::closing_event() const {
  const auto first = json::Document::parse(json_of(first_event_));
  const json::Value root = first.ok() ? first->root() : json::Value();
  std::string event(kField);
  json::Writer writer(event);
  writer.begin_object();
  writer.member("id", root.find("id").string().value_or("chatcmpl-unknown"));
  writer.member("object", "chat.completion.chunk");
  writer.member("created", root.find("created").integer().value_or(0));
  writer.member("model", root.find("model").string().value_or("unknown"));
  writer.key("choices");
  writer.raw(R"([{"index":0,"delta":{},"logprobs":null,"finish_reason":")" +
             std::string(finish_name(finish())) + R"("}])");
  writer.end_object();
  return event.append(kEventEnd);
}

Status SseRelay::close() {
  if (done_) return {};
  const SseFields last = read_fields(carry_);
  if (finish_ || trimmed(last.data) == kDone) return end_answer();
  return Error(ErrorCode::upstream_failed,
               "The runtime closed its stream before the answer had ended.");
}

}  // namespace b3iq::inference
