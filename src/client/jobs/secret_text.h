// Text that grows and is secret: what is given back to memory was overwritten before. One thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "crypto/secret.h"

namespace b3iq::client {

class SecretText {
 public:
  SecretText() = default;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { clear(); }

  std::string_view view() const { return text_; }
  bool empty() const { return text_.empty(); }
  std::size_t size() const { return text_.size(); }
  // `more` is no part of this text.
  void append(std::string_view more) {
    make_room(more.size());
    text_.append(more);
  }
  void assign(std::string_view other) {
    clear();
    append(other);
  }
  void clear() {
    crypto::wipe(text_.data(), text_.size());
    text_.clear();
  }

 private:
  // The old place is overwritten; a string that grows by itself leaves it as it was.
  void make_room(std::size_t more) {
    if (text_.size() + more <= text_.capacity()) return;
    std::string larger;
    larger.reserve(std::max(text_.size() + more, 2 * text_.capacity()));
    larger.append(text_);
    crypto::wipe(text_.data(), text_.size());
    text_.swap(larger);
  }

  std::string text_;
};

}  // namespace b3iq::client
