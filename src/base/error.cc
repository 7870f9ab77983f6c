#include "base/error.h"

#include <array>

namespace b3iq::base {
namespace {

constexpr std::array kTable = {
#define B3_ERROR(symbol, wire, http, type, retryable, title) \
  ErrorInfo{wire, http, type, retryable, title},
#include "base/error_table.def"
#undef B3_ERROR
};

}  // namespace

const ErrorInfo& error_info(ErrorCode code) { return kTable[static_cast<std::size_t>(code)]; }

std::optional<ErrorCode> error_code_from_wire(std::string_view wire_name) {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (kTable[i].wire_name == wire_name) return static_cast<ErrorCode>(i);
  }
  return std::nullopt;
}

}  // namespace b3iq::base
