// The relay's output must not depend on where reads cut the upstream's bytes, and must be whole
// events in normal form.
//
//   input:  count, count sizes of one byte each (the reads' sizes, used in turn), upstream bytes
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "inference/openai_response.h"
#include "inference/sse_relay.h"
#include "json/json.h"

namespace {

using namespace b3iq::inference;

constexpr std::size_t kMaxSizes = 8;

struct Outcome {
  std::string passed;
  std::string error;
  std::string end;
  int content_events = 0;
  std::int64_t text_bytes = 0;
  bool operator==(const Outcome&) const = default;
};

bool drain(SseRelay& relay, Outcome& out) {
  for (;;) {
    const auto run = relay.next();
    if (!run.ok()) {
      out.error = run.error().detail;
      return false;
    }
    if (run->events.empty()) return true;
    out.passed.append(run->events);
    out.content_events += run->content.events;
    out.text_bytes += run->content.text_bytes;
  }
}

Outcome relay_in_pieces(std::string_view input, const std::vector<std::size_t>& sizes) {
  SseRelay relay(UsageChunk::pass);
  Outcome out;
  std::size_t turn = 0;
  while (!input.empty()) {
    const std::size_t size = sizes[turn++ % sizes.size()];
    const std::string piece(input.substr(0, size));
    input.remove_prefix(piece.size());
    relay.feed(piece);
    if (!drain(relay, out)) return out;
  }
  if (const auto status = relay.close(); !status.ok()) {
    out.error = status.error().detail;
    return out;
  }
  out.content_events += relay.tail_content().events;
  out.text_bytes += relay.tail_content().text_bytes;
  append_relayed_end(out.end, relay.tail(), "{}");
  return out;
}

// "data: {…}\n\n" over and over, one line each.
void check_normal_form(std::string_view events) {
  while (!events.empty()) {
    B3_CHECK(events.starts_with("data: {"));
    const std::size_t end = events.find('\n');
    B3_CHECK(end != std::string_view::npos && events.substr(end, 2) == "\n\n");
    B3_CHECK(events.substr(0, end).find('\r') == std::string_view::npos);
    events.remove_prefix(end + 2);
  }
}

}  // namespace

int fuzz_chunk_relay(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::vector<std::size_t> sizes;
  const std::size_t count = data[0] % kMaxSizes + 1;
  if (size < count + 2) return 0;
  for (std::size_t i = 0; i < count; ++i) sizes.push_back(data[1 + i] % 64U + 1U);
  const std::string_view input(reinterpret_cast<const char*>(data) + 1 + count, size - 1 - count);

  const Outcome whole = relay_in_pieces(input, {input.size()});
  const Outcome cut = relay_in_pieces(input, sizes);
  B3_CHECK(whole == cut);
  check_normal_form(whole.passed);
  if (whole.error.empty()) {
    B3_CHECK(whole.end.ends_with("data: [DONE]\n\n"));
    B3_CHECK(whole.end.find("\"b3iq\":{}}\n\ndata: [DONE]\n\n") != std::string::npos);
  }
  return 0;
}
