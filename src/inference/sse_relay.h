// Passes an upstream's stream of the OpenAI dialect on, byte for byte, and learns what must be
// metered.
//
//   in:   upstream bytes, cut anywhere
//   out:  runs of whole events in normal form ("data: {…}\n\n"). Events that arrive so are passed
//   as views of the read they
//         came in; others (CRLF, comments, several data lines, an event cut by a read) go through a
//         buffer. The concatenated output does not depend on where the input was cut.
//
// Held back: [DONE], which ends the input; from the first finish_reason on, all that follows
// (finish and usage events; the tail), so that the caller can put its own member into the last
// event; the usage chunk is dropped where the caller's client did not ask for it. Content after a
// finish_reason lets the tail go and the stream continue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "inference/chat.h"
#include "inference/sse_event.h"

namespace b3iq::inference {

inline constexpr std::size_t kMaxRelayEventBytes = std::size_t{4} * 1024 * 1024;

// What of a stream may be billed when its usage never comes.
struct ContentCount {
  int events = 0;               // that carry content
  std::int64_t text_bytes = 0;  // of it

  // Counts one event by its content_bytes(); 0 is none.
  void add_event(std::size_t bytes) {
    if (bytes == 0) return;
    ++events;
    text_bytes += static_cast<std::int64_t>(bytes);
  }
  void add(const ContentCount& other) {
    events += other.events;
    text_bytes += other.text_bytes;
  }
};

enum class UsageChunk : std::uint8_t { pass, drop };

class SseRelay {
 public:
  explicit SseRelay(UsageChunk usage_chunk) : usage_chunk_(usage_chunk) {}

  struct Run {
    std::string_view events;  // whole events; valid until the next call of feed() or next()
    ContentCount content;     // among them
  };

  // Adds bytes, which must stay where they are until next() has given an empty run.
  void feed(std::string_view bytes) { input_ = bytes; }
  // The next run, empty when more bytes are needed or the stream is done. Errors, after which the
  // relay is spent: upstream_failed for an error event, an event that is no JSON object, or one
  // past kMaxRelayEventBytes.
  base::Result<Run> next();
  // The upstream closed. upstream_failed when its answer had not ended: neither finish_reason nor
  // [DONE] was seen.
  base::Status close();

  // [DONE] was seen (or close() found a whole answer). Then:
  bool done() const { return done_; }
  Finish finish() const { return finish_.value_or(Finish::stop); }
  const std::optional<Usage>& usage() const { return usage_; }  // the last that came
  std::string_view tail() const { return tail_; }               // never empty
  const ContentCount& tail_content() const { return tail_content_; }

 private:
  // pass: carries content. idle: carries none and waits behind a tail. hold: goes into the tail.
  enum class Way : std::uint8_t { pass, idle, hold };

  base::Result<Run> finish_carried();
  base::Result<Run> run_of_input();
  bool passes_unseen(std::string_view event) const;
  base::Result<Run> take(std::string_view event);
  base::Status take_fields(std::string_view event);
  base::Status take_parsed(std::string_view event);
  void route(std::string_view event, Way way);
  base::Status check_tail() const;
  base::Status end_answer();
  std::string closing_event() const;

  UsageChunk usage_chunk_;
  std::string_view input_;
  std::string carry_;   // the start of an event that a read cut
  EventBorder border_;  // of the event being looked for
  std::string output_;  // what next() gave when it was no view of the input
  std::string first_event_;
  std::string tail_;
  ContentCount tail_content_;
  ContentCount output_content_;
  std::optional<Finish> finish_;
  std::optional<Usage> usage_;
  bool skip_lf_ = false;  // the last event ended with CR: an LF that follows belongs to it
  bool done_ = false;
};

}  // namespace b3iq::inference
