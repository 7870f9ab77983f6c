#include "crypto/secret_text.h"

#include <algorithm>
#include <utility>

#include "crypto/secret.h"

namespace b3iq::crypto {

std::string& SecretText::with_room(std::size_t bytes) {
  const auto needed = text_.size() + bytes;
  if (needed <= text_.capacity()) return text_;
  std::string larger;
  larger.reserve(std::max(needed, 2 * text_.capacity()));
  larger.append(text_);
  clear();
  text_ = std::move(larger);
  return text_;
}

void SecretText::clear() {
  wipe(text_.data(), text_.size());
  text_.clear();
}

}  // namespace b3iq::crypto
