// Wire names of a receipt's closed sets, in the order of their enums. Private to receipt*.cc.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace b3iq::protocol {

inline constexpr std::array<std::string_view, 3> kDispatchModeNames = {"local", "pooled_sync",
                                                                       "private_job"};
inline constexpr std::array<std::string_view, 2> kPrivacyClassNames = {"none", "private_transport"};
inline constexpr std::array<std::string_view, 6> kReceiptFinishNames = {
    "stop", "length", "tool_calls", "content_filter", "cancelled", "error"};

template <class Enum, std::size_t N>
std::optional<Enum> value_of_name(const std::array<std::string_view, N>& names,
                                  std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace b3iq::protocol
