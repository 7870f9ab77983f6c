// Event borders and the one normal form of an SSE event, by the WHATWG rules: line ends LF, CR or
// CRLF; comments; fields with or without a space behind the colon; several data lines.
//
//   normal form:  "data: " JSON "\n\n"      (JSON without line breaks)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace b3iq::inference {

// Finds the end of the event that starts at offset 0 of a text that grows. Never looks at a byte
// twice.
class EventBorder {
 public:
  // Offset behind the event's empty line, or npos when it is not there yet. `text` starts as the
  // one of the last call.
  std::size_t find(std::string_view text);
  // The event found is "data: {…}\n\n", byte for byte in normal form.
  bool normal(std::string_view event) const;
  void reset() { *this = EventBorder(); }

 private:
  std::size_t position_ = 0;
  std::size_t line_start_ = 0;
  std::size_t first_line_end_ = std::string_view::npos;
};

struct SseFields {
  std::string
      data;  // data lines joined by a space: a JSON text may break only where white space may stand
  bool has_data = false;
  bool is_error = false;  // event: error
};
SseFields read_fields(std::string_view event);

}  // namespace b3iq::inference
