// What the request log keeps of one call or refusal: facts of it, no content and nothing that a
// caller typed but X-Request-Id. Fixed in size, so that keeping one takes no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "http/request_ids.h"
#include "inference/chat.h"

namespace b3iq::agent {

enum class CallOutcome : std::uint8_t { ok, error, cancelled };
std::string_view outcome_name(CallOutcome outcome);
std::optional<CallOutcome> outcome_from_name(std::string_view name);

// Stands for the path of a private job, which comes by none.
inline constexpr std::string_view kPrivateJobPath = "private_inference";

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

// The longest of each text; more is cut.
inline constexpr std::size_t kLoggedIdBytes = 26;
inline constexpr std::size_t kLoggedAccountBytes = 32;
inline constexpr std::size_t kLoggedKindBytes = 16;
inline constexpr std::size_t kLoggedHashBytes = 66;

// Texts of a fixed room one behind the other, so that short ones touch little memory.
class LoggedTexts {
 public:
  enum Which : std::uint8_t { id, request_id, account, model, runtime_kind, receipt_hash };
  void take(const CallFacts& facts);
  std::string_view view(Which which) const {
    const std::size_t begin = which == id ? 0 : ends_[which - 1];
    return {bytes_.data() + begin, ends_[which] - begin};
  }

 private:
  void append(Which which, std::string_view text, std::size_t most);
  std::array<std::uint16_t, 6> ends_{};
  std::array<char, kLoggedIdBytes + http::kMaxRequestIdBytes + kLoggedAccountBytes +
                       kLoggedModelBytes + kLoggedKindBytes + kLoggedHashBytes>
      bytes_;
};

struct LoggedRequest {
  std::uint64_t seq = 0;        // rises; 0: none
  std::int64_t last_at_ms = 0;  // when the last that it stands for ended
  std::int64_t count = 1;       // how many it stands for
  std::string_view operation;
  bool streamed = false;
  CallOutcome outcome = CallOutcome::ok;
  std::optional<base::ErrorCode> error;
  std::optional<inference::Finish> finish;
  int status = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t at_ms = 0;
  std::int64_t queued_ms = kNotSeen;
  std::int64_t first_token_ms = kNotSeen;
  std::int64_t duration_ms = 0;
  LoggedTexts texts;

  void take(const CallFacts& facts);
  std::string_view id() const { return texts.view(LoggedTexts::id); }
  std::string_view request_id() const { return texts.view(LoggedTexts::request_id); }
  std::string_view account() const { return texts.view(LoggedTexts::account); }
  std::string_view model() const { return texts.view(LoggedTexts::model); }
  std::string_view runtime_kind() const { return texts.view(LoggedTexts::runtime_kind); }
  std::string_view receipt_hash() const { return texts.view(LoggedTexts::receipt_hash); }
};

}  // namespace b3iq::agent
