// Server-sent events, both ways. Reader: WHATWG rules (LF, CR, CRLF in any split; comments; "data:"
// with or without space; several data lines), bounded. Writer: one `data:` line per event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace b3iq::http {

inline constexpr std::size_t kMaxSseEventBytes = 4 * 1024 * 1024;
// Largest piece that feed() takes on top of an event that is not whole yet.
inline constexpr std::size_t kMaxSsePieceBytes = 1024 * 1024;

// Appends "data: <json>\n\n". `json` holds no line break.
void append_sse_event(std::string& out, std::string_view json);
inline constexpr std::string_view kSseDone = "data: [DONE]\n\n";

// Cuts a byte stream into events, whatever the pieces are.
class SseReader {
 public:
  struct Event {
    std::string_view data;   // joined data lines; valid until the next feed or next
    std::string_view event;  // event name or ""
  };
  // Adds bytes. `upstream_failed` when an event grows past kMaxSseEventBytes.
  base::Status feed(std::string_view bytes);
  // The next whole event, or false when more bytes are needed. Events without data are skipped.
  bool next(Event& out);
  // Overwrites what is still here, where what was read is secret. Nothing more is read then.
  void wipe();

 private:
  bool take_line(std::string_view& line);
  void take_field(std::string_view line);

  std::string buffer_;
  std::size_t position_ = 0;
  std::size_t scanned_ = 0;
  std::string data_;
  std::string event_;
  bool has_data_ = false;
  bool skip_lf_ = false;
  bool given_ = false;  // data_ was handed out and is used up by the next call
  bool first_line_seen_ = false;
};

}  // namespace b3iq::http
