// A node leaves its control plane (docs/protocol/enrollment.md). Signed with
// SignatureTag::unenroll. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace b3iq::protocol {

inline constexpr std::size_t kMaxUnenrollBytes = 256;
inline constexpr std::size_t kMaxUnenrollAnswerBytes = 1024;

// POST unenroll_path().
struct UnenrollRequest {
  std::int64_t boot_epoch = 0;
};
std::string encode_unenroll(const UnenrollRequest& request);
base::Result<UnenrollRequest> decode_unenroll(std::string_view body);

struct UnenrollAnswer {
  std::int64_t server_time_ms = 0;
};
std::string encode_unenroll_answer(const UnenrollAnswer& answer);
base::Result<UnenrollAnswer> decode_unenroll_answer(std::string_view body);

}  // namespace b3iq::protocol
