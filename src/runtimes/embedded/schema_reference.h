// Where a `$ref` of a JSON Schema leads, as llama.cpp's converter reads it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "inference/request_fields.h"
#include "json/json.h"

namespace b3iq::runtimes {

struct Reference {
  std::vector<std::string> steps;  // from the root
  json::Value target;
};

// `path`: of the reference. Errors: invalid_request, for one that leads nowhere or out of the
// schema.
base::Result<Reference> read_reference(json::Value reference, json::Value root,
                                       const inference::Path& path);

// The index that a step through an array stands for; past every array when it is no number.
std::size_t reference_index(const std::string& step);

}  // namespace b3iq::runtimes
