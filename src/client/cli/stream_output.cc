#include "client/cli/stream_output.h"

#include <fmt/format.h>

#include <cstdio>

#include "client/cli/answer_output.h"
#include "json/json.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Status;

namespace {

constexpr std::string_view kDone = "[DONE]";

Status written_out() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  return Error(ErrorCode::storage_failed, "The answer could not be written to standard output.");
}

Error no_event() {
  return Error(ErrorCode::upstream_failed, "What was streamed is no chat completion.");
}

}  // namespace

Status StreamOutput::add(std::string_view events) {
  TRY_OK(events_.feed(events));
  for (http::SseReader::Event event; events_.next(event);) {
    if (event.data == kDone) continue;
    const auto document = json::Document::parse(event.data);
    if (!document.ok()) return no_event();
    const auto choices = document->root().find("choices");
    if (!choices.is_array()) return no_event();
    for (std::size_t i = 0; i < choices.size(); ++i) {
      const auto choice = choices.at(i);
      if (choice.find("index").integer().value_or(0) != 0) continue;
      const auto text = choice.find("delta").find("content").string().value_or("");
      has_printed_ = has_printed_ || !text.empty();
      fmt::print("{}", text);
    }
  }
  return written_out();
}

Status StreamOutput::finish(std::string_view answer) {
  const auto document = json::Document::parse(answer);
  const bool is_text = document.ok() && is_text_alone(document->root());
  if (is_text || has_printed_) fmt::print("\n");
  if (!is_text) fmt::print("{}\n", answer);
  return written_out();
}

}  // namespace b3iq::client
