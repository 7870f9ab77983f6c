#include "client/jobs/streamed_content.h"

#include <algorithm>

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kDone = "[DONE]";
constexpr std::string_view kChunk = "chat.completion.chunk";
// The same in every event as in the answer.
constexpr std::array<std::string_view, 4> kHead = {"id", "created", "model", "system_fingerprint"};

Error no_event() {
  return Error(ErrorCode::upstream_failed,
               "The node's stream is none of a chat completion. Ask for it without a stream.");
}

std::int64_t index_of(json::Value choices, std::size_t at) {
  return choices.at(at).find("index").integer().value_or(std::int64_t(at));
}

}  // namespace

StreamedContent::~StreamedContent() { events_.wipe(); }

Status StreamedContent::add(std::string_view piece, Piece place, crypto::SecretText& out) {
  TRY_OK(events_.feed(piece));
  const bool at_end = place == Piece::last;
  for (http::SseReader::Event event; events_.next(event);) {
    if (event.data == kDone) {
      if (!at_end) return ends_early(kDone);
      done_ = true;
      continue;
    }
    const bool is_line = event.data.find('\n') == std::string_view::npos;
    if (done_ || !event.event.empty() || !is_line) return no_event();
    TRY_OK(add_event(event.data, at_end));
    if (failed_) continue;
    out.append("data: ");
    out.append(event.data);
    out.append("\n\n");
  }
  return {};
}

Status StreamedContent::add_event(std::string_view data, bool at_end) {
  const auto document = json::Document::parse(data);
  if (!document.ok() || !document->root().is_object()) return no_event();
  const auto event = document->root();
  if (at_end && !event.find("error").is_null()) {
    failed_ = true;
    return {};
  }
  for (std::size_t i = 0; i < event.size(); ++i) {
    const auto member = event.member(i);
    if (!member.value.is_null()) TRY_OK(add_member(member.name, member.value, at_end));
  }
  return {};
}

Status StreamedContent::add_member(std::string_view name, json::Value value, bool at_end) {
  if (name == "choices") return add_choices(value, at_end);
  if (name == "object") return value.string() == kChunk ? Status() : Status(no_event());
  if (name == "usage") {
    if (!at_end) return ends_early("the usage");
    usage_.assign(value.to_text());
    return {};
  }
  const auto* const known = std::ranges::find(kHead, name);
  if (known == kHead.end()) return cannot_be_compared(name);
  auto text = value.to_text();
  const auto [first, is_new] = head_.try_emplace(*known, text);
  return is_new || first->second == text ? Status() : Status(cannot_be_compared(name));
}

Status StreamedContent::add_choices(json::Value choices, bool at_end) {
  if (!choices.is_array()) return no_event();
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto choice = choices.at(i);
    const auto index = choice.find("index").integer().value_or(0);
    if (!choices_.contains(index) && choices_.size() == kMaxStreamedChoices)
      return cannot_be_compared("index");
    TRY_OK(choices_[index].add(choice, at_end));
  }
  return {};
}

bool StreamedContent::has_head_of(json::Value answer) const {
  return std::ranges::all_of(head_, [&](const auto& member) {
    const auto value = answer.find(member.first);
    return value && value.to_text() == member.second;
  });
}

// Each that was streamed is one of the answer's.
bool StreamedContent::fits(json::Value choices, Fit fit) const {
  return std::ranges::all_of(choices_, [&](const auto& streamed) {
    for (std::size_t i = 0; i < choices.size(); ++i)
      if (index_of(choices, i) == streamed.first) return streamed.second.fits(choices.at(i), fit);
    return false;
  });
}

bool StreamedContent::is_all_of(json::Value answer) const {
  const auto choices = answer.find("choices");
  if (!choices.is_array() || choices.size() != choices_.size() || failed_) return false;
  if (!usage_.empty() && usage_.view() != answer.find("usage").to_text()) return false;
  return fits(choices, Fit::all) && has_head_of(answer);
}

Result<std::string> StreamedContent::rest_of(json::Value answer) const {
  const Error other(ErrorCode::corrupt,
                    "The stream that came is not the beginning of the sealed answer.");
  const auto choices = answer.find("choices");
  if (!choices.is_array() || choices.size() == 0) {
    return Error(ErrorCode::upstream_failed,
                 "The stream was cut, and what it lacks cannot be given as a stream. The answer is "
                 "whole: read it without one.");
  }
  if (!has_head_of(answer) || !fits(choices, Fit::beginning)) return other;
  static const StreamedChoice kNothing;
  std::string rest;
  json::Writer w(rest);
  w.begin_object();
  for (std::size_t i = 0; i < answer.size(); ++i) {
    if (answer.member(i).name == "choices") continue;
    w.key(answer.member(i).name);
    w.raw(answer.member(i).value.to_text());
  }
  w.key("choices");
  w.begin_array();
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto found = choices_.find(index_of(choices, i));
    const auto& streamed = found == choices_.end() ? kNothing : found->second;
    // Two of one index, too.
    if (!streamed.fits(choices.at(i), Fit::beginning)) return other;
    streamed.write_rest(w, choices.at(i));
  }
  w.end_array();
  w.end_object();
  return rest;
}

std::size_t StreamedContent::bytes() const {
  std::size_t sum = 0;
  for (const auto& [index, choice] : choices_) sum += choice.bytes();
  return sum;
}

}  // namespace b3iq::client
