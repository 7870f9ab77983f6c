// Errors are values. Every error that can leave the program carries one code of the table in
// error_table.def: the stable wire name, the HTTP status, the OpenAI error type, whether a retry
// can help, and a title. The JSON shapes are made in protocol/error_json.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace b3iq::base {

enum class ErrorCode : std::uint8_t {
#define B3_ERROR(symbol, wire, http, type, retryable, title) symbol,
#include "base/error_table.def"
#undef B3_ERROR
};

struct ErrorInfo {
  std::string_view wire_name;
  int http_status;
  std::string_view openai_type;
  bool retryable;
  std::string_view title;
};

// The table row of `code`. Never fails.
const ErrorInfo& error_info(ErrorCode code);

// The code whose wire name is `wire_name`, if there is one.
std::optional<ErrorCode> error_code_from_wire(std::string_view wire_name);

// `detail` says what was wrong and what to do next, in a sentence a user can act on. It never holds
// a secret, a prompt or an output. `param` names the request member at fault (OpenAI's `param`), or
// is empty.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string detail;
  std::string param;
  std::int64_t retry_after_ms = 0;  // 0: no advice

  Error(ErrorCode c, std::string d, std::string p = {}, std::int64_t retry_ms = 0)
      : code(c), detail(std::move(d)), param(std::move(p)), retry_after_ms(retry_ms) {}
};

}  // namespace b3iq::base
