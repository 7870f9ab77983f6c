// A JSON Schema node as llama.cpp's converter reads it: build_node() of json-schema.cpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inference/request_fields.h"
#include "json/json.h"

namespace b3iq::runtimes {

// The first of a schema's keywords that the converter looks for.
enum class SchemaForm : std::uint8_t { reference, one_of_many, constant, listed, joined, typed };

struct SchemaNode {
  json::Value value;
  SchemaForm form = SchemaForm::typed;
  std::vector<std::string_view>
      types;  // those named; of `typed` also the guessed; empty: any value

  bool has(std::string_view name) const { return static_cast<bool>(value.find(name)); }
  bool is(std::string_view type) const { return std::ranges::find(types, type) != types.end(); }
};

// Errors: invalid_request, for types that are none.
base::Result<SchemaNode> read_schema_node(json::Value value, const inference::Path& path);

// What the converter would ignore beside the node's form. Errors: invalid_request where an answer
// would have another shape; with `strict` unsupported_parameter for any such keyword.
base::Status check_keywords(const SchemaNode& node, const inference::Path& path, bool strict);

// Why `anyOf` and their kin stand alone.
std::string other_shape(const SchemaNode& node);

}  // namespace b3iq::runtimes
