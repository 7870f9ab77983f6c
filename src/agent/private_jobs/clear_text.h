// A text in clear that grows, and of which nothing is left in memory that is given back. Not that
// of request_log/kept_content.h, which cuts what is long: writers of dialects append to a
// std::string. One thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace b3iq::agent {

class ClearText {
 public:
  ClearText() = default;
  ClearText(const ClearText&) = delete;
  ClearText& operator=(const ClearText&) = delete;
  ~ClearText() { clear(); }

  std::string_view view() const { return text_; }
  std::size_t size() const { return text_.size(); }
  bool empty() const { return text_.empty(); }

  void append(std::string_view more) { with_room(more.size()).append(more); }
  // For a writer that appends `bytes` at most: what is more would move the text, and leave where it
  // was as it is.
  std::string& with_room(std::size_t bytes);
  // Keeps the memory.
  void clear();

 private:
  std::string text_;  // only ever appended to, or cleared: so all that it had is within its size
};

}  // namespace b3iq::agent
