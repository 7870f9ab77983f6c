// Whatever a runtime tells, in whatever order, a streamed answer of every dialect is made of whole
// JSON texts, its end is the same when it is written again, and Anthropic's content blocks open and
// close one after the other.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "dialects/anthropic.h"
#include "dialects/ollama.h"
#include "dialects/openai_chat.h"
#include "json/json.h"

namespace {

using namespace b3iq;
using inference::StreamStep;

constexpr std::size_t kMaxCalls = 6;

// One step of the next bytes: what it is, a length, and as many bytes of text.
StreamStep next_step(std::string_view& data) {
  StreamStep step;
  const auto kind = static_cast<unsigned char>(data[0]);
  const auto length = data.size() > 1 ? static_cast<unsigned char>(data[1]) : 0U;
  data.remove_prefix(std::min<std::size_t>(2, data.size()));
  const auto text = data.substr(0, length);
  data.remove_prefix(text.size());
  const int index = static_cast<int>(kind / 4 % kMaxCalls);
  if (kind % 4 == 0) step.text = text;
  if (kind % 4 == 1) step.reasoning = text;
  if (kind % 4 == 2) step.tool_calls.push_back({index, "id", std::string(text.substr(0, 3)), ""});
  if (kind % 4 == 3) step.tool_calls.push_back({index, "", "", std::string(text)});
  return step;
}

// Anthropic's events in order: blocks one after the other, deltas in the open one.
struct Blocks {
  std::int64_t next = 0;
  bool open = false;
  void see(json::Value event) {
    const auto type = event.find("type").string().value_or("");
    const auto index = event.find("index").integer().value_or(-1);
    if (type == "content_block_start") {
      B3_CHECK(!open && index == next);
      open = true;
      ++next;
    } else if (type == "content_block_delta" || type == "content_block_stop") {
      B3_CHECK(open && index == next - 1);
      open = type == "content_block_delta";
    } else if (type == "message_delta") {
      B3_CHECK(!open);
    }
  }
};

void check_lines(std::string_view text) {
  Blocks blocks;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.starts_with("data: ")) line.remove_prefix(6);
    if (line.empty() || line.starts_with("event: ") || line == "[DONE]") continue;
    const auto document = json::Document::parse(line);
    B3_CHECK(document.ok());
    blocks.see(document->root());
  }
}

void check_stream(const dialects::Dialect& dialect, std::string_view data) {
  inference::ChatRequest request;
  request.stream = true;
  request.wants_reasoning = !data.empty() && data.size() % 2 == 0;
  const auto writer = dialect.make_writer({"01X", 1, "m"}, request);
  std::string out;
  writer->append_opening(out);
  while (!data.empty()) writer->append_step(out, next_step(data));
  std::string end;
  writer->append_end(end, inference::Finish::stop, {}, "{\"x\":1}");
  std::string again;
  writer->append_end(again, inference::Finish::stop, {}, "{\"x\":1}");
  B3_CHECK(end == again && !end.empty());
  check_lines(out + end);
}

}  // namespace

int fuzz_answer_writers(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto* dialect : {&b3iq::dialects::openai_chat(), &b3iq::dialects::anthropic(),
                              &b3iq::dialects::ollama_chat(), &b3iq::dialects::ollama_generate()}) {
    check_stream(*dialect, bytes);
  }
  return 0;
}
