#include "client/cli/stream_output.h"

#include <fmt/format.h>

#include <cstdio>

#include "json/json.h"

namespace b3iq::client {
namespace {

bool written_out() { return std::fflush(stdout) == 0 && std::ferror(stdout) == 0; }

}  // namespace

bool StreamOutput::add(std::string_view events) {
  if (!events_.feed(events).ok()) return false;
  for (http::SseReader::Event event; events_.next(event);) {
    const auto document = json::Document::parse(event.data);
    if (!document.ok()) continue;
    const auto delta = document->root().find("choices").at(0).find("delta");
    fmt::print("{}", delta.find("content").string().value_or(""));
  }
  return written_out();
}

bool StreamOutput::finish() {
  fmt::print("\n");
  return written_out();
}

}  // namespace b3iq::client
