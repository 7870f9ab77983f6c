// The two error bodies of the product, made from an Error and the table of codes.
//
//   OpenAI-shaped routes
//                  {"error":{"message","type","param","code","b3iq":{"status","title","detail",
//                  "code"}}}
//   native routes  {"error":{"status","title","detail","code","param","instance"}}
//
// `status` is the HTTP status as a number. When no member is at fault, `param` is null in the first
// form and left out of the second.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace b3iq::protocol {

// The published OpenAI shape has no place for the request id (X-Request-Id carries it); it is taken
// so that both are called alike.
std::string openai_error_body(const base::Error& error, std::string_view request_id);
// `request_id` is the `instance`; left out when empty.
std::string native_error_body(const base::Error& error, std::string_view request_id);

}  // namespace b3iq::protocol
