#include "client/jobs/streamed_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "crypto/secret.h"
#include "protocol/member_reader.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Status;

namespace {

// Members of a message that are text, and are streamed piece by piece.
constexpr std::array<std::string_view, 4> kTexts = {"content", "reasoning_content", "reasoning",
                                                    "refusal"};
constexpr std::string_view kToolCalls = "tool_calls";
constexpr std::string_view kFunction = "function";
constexpr std::string_view kArguments = "arguments";
constexpr std::string_view kAssistant = "assistant";
constexpr std::size_t kMaxToldNameBytes = 64;

std::string_view text_of(json::Value value) { return value.string().value_or(""); }

std::size_t place_of(std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(kTexts, name) - kTexts.begin());
}

// Absent and null say nothing.
Status append(crypto::SecretText& out, json::Value value, std::string_view name) {
  if (value.is_null()) return {};
  const auto text = value.string();
  if (!text) return cannot_be_compared(name);
  out.append(*text);
  return {};
}

Status only(json::Value value, std::string_view word, std::string_view name) {
  return value.is_null() || value.string() == word ? Status() : Status(cannot_be_compared(name));
}

// Nothing else than `known`, but for what is null.
template <std::size_t N>
Status only_known(json::Value object, const std::array<std::string_view, N>& known,
                  std::string_view name) {
  if (!object.is_object()) return cannot_be_compared(name);
  for (std::size_t i = 0; i < object.size(); ++i) {
    const auto member = object.member(i);
    if (!member.value.is_null() && std::ranges::find(known, member.name) == known.end())
      return cannot_be_compared(member.name);
  }
  return {};
}

bool fits_text(std::string_view streamed, std::string_view answered, Fit fit) {
  return fit == Fit::all ? streamed == answered : answered.starts_with(streamed);
}

std::string_view beyond(std::string_view streamed, std::string_view answered) {
  return answered.substr(streamed.size());
}

}  // namespace

Error cannot_be_compared(std::string_view member) {
  const bool can_be_told = protocol::is_printable(member, kMaxToldNameBytes);
  return Error(ErrorCode::upstream_failed,
               fmt::format("The node's stream says something that cannot be held against its "
                           "answer ({}), so no more of it is shown. Ask without a stream, or with "
                           "a newer program.",
                           can_be_told ? member : "a member without a name that could be told"));
}

Error ends_early(std::string_view what) {
  return Error(
      ErrorCode::corrupt,
      fmt::format("THE STREAM ENDS BEFORE ITS END: the node has sent {} in a piece that is "
                  "not its last one, as if nothing more came. What was shown is not the "
                  "whole answer; tell the node's operator.",
                  what));
}

Status StreamedChoice::add(json::Value choice, bool at_end) {
  static constexpr std::array<std::string_view, 4> kKnown = {"index", "delta", "logprobs",
                                                             "finish_reason"};
  TRY_OK(only_known(choice, kKnown, "choices"));
  const auto finish = choice.find("finish_reason");
  if (!finish.is_null() && !at_end) return ends_early("a finish_reason");
  TRY_OK(append(finish_, finish, "finish_reason"));
  TRY_OK(add_logprobs(choice.find("logprobs")));
  return add_delta(choice.find("delta"));
}

Status StreamedChoice::add_delta(json::Value delta) {
  if (delta.is_null()) return {};
  static constexpr std::array<std::string_view, 6> kKnown = {"role",    kTexts[0], kTexts[1],
                                                             kTexts[2], kTexts[3], kToolCalls};
  TRY_OK(only_known(delta, kKnown, "delta"));
  TRY_OK(only(delta.find("role"), kAssistant, "role"));
  for (std::size_t i = 0; i < kTexts.size(); ++i)
    TRY_OK(append(texts_[i], delta.find(kTexts[i]), kTexts[i]));
  return add_tools(delta.find(kToolCalls));
}

Status StreamedChoice::add_tools(json::Value calls) {
  static constexpr std::array<std::string_view, 4> kKnown = {"index", "id", "type", kFunction};
  static constexpr std::array<std::string_view, 2> kOfFunction = {"name", kArguments};
  if (calls.is_null()) return {};
  if (!calls.is_array()) return cannot_be_compared(kToolCalls);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto call = calls.at(i);
    TRY_OK(only_known(call, kKnown, kToolCalls));
    TRY_OK(only(call.find("type"), kFunction, "type"));
    const auto index = call.find("index").integer().value_or(std::int64_t(i));
    if (index < 0 || index >= kMaxStreamedTools) return cannot_be_compared("index");
    auto& tool = tools_[index];
    const auto id = call.find("id");
    if (!id.is_null() && !id.is_string()) return cannot_be_compared("id");
    // Some runtimes say it again with every piece.
    if (!text_of(id).empty()) tool.id.assign(text_of(id));
    const auto function = call.find(kFunction);
    if (function.is_null()) continue;
    TRY_OK(only_known(function, kOfFunction, kFunction));
    TRY_OK(append(tool.name, function.find("name"), "name"));
    TRY_OK(append(tool.arguments, function.find(kArguments), kArguments));
  }
  return {};
}

Status StreamedChoice::add_logprobs(json::Value logprobs) {
  static constexpr std::array<std::string_view, 1> kKnown = {"content"};
  if (logprobs.is_null()) return {};
  TRY_OK(only_known(logprobs, kKnown, "logprobs"));
  const auto entries = logprobs.find("content");
  if (!entries.is_null() && !entries.is_array()) return cannot_be_compared("logprobs");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto entry = entries.at(i).to_text();
    logprobs_.entries.append(entry);
    logprobs_.entries.append(",");
    ++logprobs_.count;
    crypto::wipe(entry.data(), entry.size());
  }
  return {};
}

bool StreamedChoice::fits(json::Value answered, Fit fit) const {
  const auto message = answered.find("message");
  for (std::size_t i = 0; i < kTexts.size(); ++i)
    if (!fits_text(texts_[i].view(), text_of(message.find(kTexts[i])), fit)) return false;
  return fits_text(finish_.view(), text_of(answered.find("finish_reason")), fit) &&
         fits_tools(message.find(kToolCalls), fit) &&
         fits_logprobs(answered.find("logprobs").find("content"), fit);
}

// By index: where a runtime leaves one out, the answer has an empty call there.
bool StreamedChoice::fits_tools(json::Value calls, Fit fit) const {
  const auto count = calls.is_array() ? std::int64_t(calls.size()) : 0;
  if (!tools_.empty() && tools_.rbegin()->first >= count) return false;
  static const Tool kNothing;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto found = tools_.find(i);
    const auto& tool = found == tools_.end() ? kNothing : found->second;
    const auto call = calls.at(static_cast<std::size_t>(i));
    const auto function = call.find(kFunction);
    const bool has_id =
        tool.id.view() == text_of(call.find("id")) || (fit == Fit::beginning && tool.id.empty());
    if (!has_id || !fits_text(tool.name.view(), text_of(function.find("name")), fit) ||
        !fits_text(tool.arguments.view(), text_of(function.find(kArguments)), fit))
      return false;
  }
  return true;
}

bool StreamedChoice::fits_logprobs(json::Value entries, Fit fit) const {
  const auto count = entries.is_array() ? entries.size() : 0;
  if (logprobs_.count > count || (fit == Fit::all && logprobs_.count != count)) return false;
  auto left = logprobs_.entries.view();
  for (std::size_t i = 0; i < logprobs_.count; ++i) {
    auto entry = entries.at(i).to_text();
    const bool same = left.starts_with(entry) && left.substr(entry.size()).starts_with(',');
    if (same) left.remove_prefix(entry.size() + 1);
    crypto::wipe(entry.data(), entry.size());
    if (!same) return false;
  }
  return left.empty();
}

void StreamedChoice::write_rest(json::Writer& w, json::Value answered) const {
  w.begin_object();
  for (std::size_t i = 0; answered.is_object() && i < answered.size(); ++i) {
    const auto member = answered.member(i);
    w.key(member.name);
    if (member.name == "message") {
      write_message(w, member.value);
    } else if (member.name == "logprobs") {
      write_logprobs(w, member.value);
    } else {
      w.raw(member.value.to_text());
    }
  }
  w.end_object();
}

void StreamedChoice::write_message(json::Writer& w, json::Value message) const {
  w.begin_object();
  for (std::size_t i = 0; message.is_object() && i < message.size(); ++i) {
    const auto member = message.member(i);
    if (member.name == kToolCalls && member.value.is_array()) continue;
    const auto place = place_of(member.name);
    const auto text = member.value.string();
    w.key(member.name);
    if (place < kTexts.size() && text) {
      w.value(beyond(texts_[place].view(), *text));
    } else {
      w.raw(member.value.to_text());
    }
  }
  write_tools(w, message.find(kToolCalls));
  w.end_object();
}

// Each with its index, as in a stream; those that were given whole are left out.
void StreamedChoice::write_tools(json::Writer& w, json::Value calls) const {
  static const Tool kNothing;
  bool any = false;
  for (std::size_t i = 0; calls.is_array() && i < calls.size(); ++i) {
    const auto found = tools_.find(std::int64_t(i));
    const auto& tool = found == tools_.end() ? kNothing : found->second;
    const auto call = calls.at(i);
    const auto function = call.find(kFunction);
    const auto id = tool.id.empty() ? text_of(call.find("id")) : std::string_view();
    const auto name = beyond(tool.name.view(), text_of(function.find("name")));
    const auto arguments = beyond(tool.arguments.view(), text_of(function.find(kArguments)));
    if (id.empty() && name.empty() && arguments.empty()) continue;
    if (!std::exchange(any, true)) {
      w.key(kToolCalls);
      w.begin_array();
    }
    w.begin_object();
    w.member("index", std::int64_t(i));
    if (!id.empty()) w.member("id", id);
    if (!id.empty()) w.member("type", kFunction);
    w.key(kFunction);
    w.begin_object();
    if (!name.empty()) w.member("name", name);
    w.member(kArguments, arguments);
    w.end_object();
    w.end_object();
  }
  if (any) w.end_array();
}

void StreamedChoice::write_logprobs(json::Writer& w, json::Value logprobs) const {
  const auto entries = logprobs.find("content");
  if (!logprobs.is_object() || !entries.is_array()) {
    w.raw(logprobs.to_text());
    return;
  }
  w.begin_object();
  for (std::size_t i = 0; i < logprobs.size(); ++i) {
    const auto member = logprobs.member(i);
    w.key(member.name);
    if (member.name != "content") {
      w.raw(member.value.to_text());
      continue;
    }
    w.begin_array();
    for (std::size_t k = logprobs_.count; k < entries.size(); ++k) w.raw(entries.at(k).to_text());
    w.end_array();
  }
  w.end_object();
}

std::size_t StreamedChoice::bytes() const {
  std::size_t sum = 0;
  for (const auto& text : texts_) sum += text.size();
  for (const auto& [index, tool] : tools_) sum += tool.name.size() + tool.arguments.size();
  return sum;
}

}  // namespace b3iq::client
