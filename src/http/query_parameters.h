// The parameters of a query string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace b3iq::http {

// Calls `take(name, value)`, which returns a Status, for each "name=value" of the query
// (undecoded); the first error ends it.
template <class Take>
base::Status each_parameter(std::string_view query, Take take) {
  while (!query.empty()) {
    const auto part = query.substr(0, query.find('&'));
    query.remove_prefix(part.size() == query.size() ? query.size() : part.size() + 1);
    const auto equals = part.find('=');
    const auto value =
        equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    TRY_OK(take(part.substr(0, equals), value));
  }
  return {};
}

// A value with its %XX and + undone. What is no such pair stays as it is.
std::string decoded_parameter(std::string_view value);

// A value, decoded. Errors: invalid_request naming the parameter, for one of more than `max_bytes`,
// that is not UTF-8 or that holds control characters.
base::Result<std::string> text_parameter(std::string_view name, std::string_view value,
                                         std::size_t max_bytes);

// Errors: invalid_request naming the parameter and its bounds.
base::Result<std::int64_t> integer_parameter(std::string_view name, std::string_view text,
                                             std::int64_t low, std::int64_t high);

}  // namespace b3iq::http
