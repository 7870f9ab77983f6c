// X-Request-Id: the caller's own when it is harmless, else a fresh random one. Random enough not to
// meet its like; no secret.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace b3iq::http {

inline constexpr std::size_t kMaxRequestIdBytes = 64;
inline constexpr std::size_t kFreshRequestIdBytes = 24;

// 1 to 64 of [A-Za-z0-9._-].
bool valid_request_id(std::string_view id);

class RequestIds {
 public:
  RequestIds();
  // 120 random bits as base32. `out` gets kFreshRequestIdBytes characters.
  void fresh(char* out);

 private:
  std::uint64_t next();
  std::array<std::uint64_t, 4> state_;
};

}  // namespace b3iq::http
