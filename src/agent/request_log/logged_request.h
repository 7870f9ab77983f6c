// What the request log keeps of one call or refusal: facts of it, no content and nothing that a
// caller typed but X-Request-Id. Fixed in size, so that keeping one takes no allocation.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "http/request_ids.h"
#include "inference/chat.h"

namespace b3iq::agent {

// A text of at most N bytes; a longer one is cut.
template <std::size_t N>
class FixedText {
 public:
  FixedText& operator=(std::string_view text) {
    size_ = static_cast<std::uint16_t>(std::min(text.size(), N));
    // Not in the middle of a character.
    while (size_ < text.size() && size_ > 0 && (text[size_] & 0xC0) == 0x80) --size_;
    std::copy_n(text.begin(), size_, bytes_.begin());
    return *this;
  }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::uint16_t size_ = 0;
  std::array<char, N> bytes_;
};

enum class CallOutcome : std::uint8_t { ok, error, cancelled };
std::string_view outcome_name(CallOutcome outcome);
std::optional<CallOutcome> outcome_from_name(std::string_view name);

// The name of what a path asks of a model, "chat.completions"; "" for paths that ask nothing of
// one. Static storage.
std::string_view logged_operation(std::string_view path);

// Both in milliseconds; kNotSeen where it did not come to that.
inline constexpr std::int64_t kNotSeen = -1;
inline constexpr std::size_t kLoggedModelBytes = 128;

// As it is told to the log. Views live until the log has taken it.
struct CallFacts {
  std::string_view id;  // ULID
  std::string_view request_id;
  std::string_view operation;  // logged_operation
  std::string_view account;    // "" : no key was known
  std::string_view model;      // the node's own name; "" : it has none such
  std::string_view runtime_kind;
  std::string_view receipt_hash;
  bool streamed = false;
  int status = 200;
  CallOutcome outcome = CallOutcome::ok;
  std::optional<base::ErrorCode> error;
  std::optional<inference::Finish> finish;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t at_ms = 0;  // wall time of its beginning
  std::int64_t queued_ms = kNotSeen;
  std::int64_t first_token_ms = kNotSeen;
  std::int64_t duration_ms = 0;
};

struct LoggedRequest {
  std::uint64_t seq = 0;  // rises; 0: none
  FixedText<26> id;
  FixedText<http::kMaxRequestIdBytes> request_id;
  FixedText<32> account;
  FixedText<kLoggedModelBytes> model;
  FixedText<16> runtime_kind;
  FixedText<66> receipt_hash;
  std::string_view operation;
  bool streamed = false;
  CallOutcome outcome = CallOutcome::ok;
  std::optional<base::ErrorCode> error;
  std::optional<inference::Finish> finish;
  int status = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t at_ms = 0;
  std::int64_t last_at_ms = 0;  // when the last that it stands for ended
  std::int64_t count = 1;       // how many it stands for
  std::int64_t queued_ms = kNotSeen;
  std::int64_t first_token_ms = kNotSeen;
  std::int64_t duration_ms = 0;

  void take(const CallFacts& facts);
};

}  // namespace b3iq::agent
