// The numbers that bound an answer in a JSON Schema, as llama.cpp's grammars can count them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "inference/request_fields.h"
#include "runtimes/embedded/schema_node.h"

namespace b3iq::runtimes {

struct CountBounds {
  std::int64_t least = 0;
  std::optional<std::int64_t> most;
};
// Of minItems and maxItems, minLength and maxLength. Errors: invalid_request. The grammar has no
// upper bound past kMaxRepetitions, which is an error with `strict` only.
base::Result<CountBounds> read_count_bounds(const SchemaNode& node, const inference::Path& path,
                                            std::string_view least, std::string_view most,
                                            bool strict);

// minimum, maximum and their exclusive forms. Errors: invalid_request for those that no integer
// fits, or past what can be counted; with `strict` unsupported_parameter for one that the grammar
// gets wrong.
base::Status check_integer_bounds(const SchemaNode& node, const inference::Path& path, bool strict);

}  // namespace b3iq::runtimes
