// Text that grows and is secret: what is given back to memory was overwritten before. One thread at
// a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace b3iq::crypto {

class SecretText {
 public:
  SecretText() = default;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { clear(); }

  std::string_view view() const { return text_; }
  std::size_t size() const { return text_.size(); }
  bool empty() const { return text_.empty(); }

  // `more` is no part of this text.
  void append(std::string_view more) { with_room(more.size()).append(more); }
  void assign(std::string_view other) {
    clear();
    append(other);
  }
  // For a writer that appends `bytes` at most: what is more would move the text, and leave where it
  // was as it is.
  std::string& with_room(std::size_t bytes);
  // Keeps the memory.
  void clear();

 private:
  std::string text_;  // only ever appended to, or cleared: so all that it had is within its size
};

}  // namespace b3iq::crypto
