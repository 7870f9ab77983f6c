#include <algorithm>
#include <array>
#include <utility>

#include "inference/chat.h"

namespace b3iq::inference {
namespace {

constexpr std::array kNames = {
    std::pair{Finish::stop, std::string_view("stop")},
    std::pair{Finish::length, std::string_view("length")},
    std::pair{Finish::tool_calls, std::string_view("tool_calls")},
    std::pair{Finish::content_filter, std::string_view("content_filter")},
    std::pair{Finish::cancelled, std::string_view("cancelled")},
    std::pair{Finish::error, std::string_view("error")},
};

}  // namespace

std::string_view finish_name(Finish finish) {
  const auto* const row =
      std::ranges::find(kNames, finish, &std::pair<Finish, std::string_view>::first);
  return row == kNames.end() ? std::string_view("error") : row->second;
}

std::optional<Finish> finish_from_name(std::string_view name) {
  const auto* const row =
      std::ranges::find(kNames, name, &std::pair<Finish, std::string_view>::second);
  if (row == kNames.end()) return std::nullopt;
  return row->first;
}

}  // namespace b3iq::inference
