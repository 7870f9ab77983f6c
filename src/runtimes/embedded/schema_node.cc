#include "runtimes/embedded/schema_node.h"

#include <array>
#include <initializer_list>
#include <span>

namespace b3iq::runtimes {
namespace {

using base::Result;
using base::Status;
using inference::invalid_value;
using inference::Path;
using inference::unsupported_value;
using json::Value;

constexpr std::array<std::string_view, 18> kAnnotations = {
    "title",      "description", "default",   "example",          "examples",        "$schema",
    "$id",        "id",          "$comment",  "$anchor",          "$defs",           "definitions",
    "deprecated", "readOnly",    "writeOnly", "contentMediaType", "contentEncoding", "$vocabulary"};
// Left out of the grammar, an answer would have another shape.
constexpr std::array<std::string_view, 9> kShapes = {"properties", "additionalProperties",
                                                     "items",      "prefixItems",
                                                     "anyOf",      "oneOf",
                                                     "allOf",      "const",
                                                     "enum"};
constexpr std::array<std::string_view, 7> kTypes = {"object", "array",   "string", "integer",
                                                    "number", "boolean", "null"};

bool among(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

// What it says by being there changes nothing.
bool says_nothing(std::string_view name, Value value) {
  if (name == "uniqueItems" || name == "nullable") return value.boolean() == false;
  if (name == "required") return value.is_array() && value.size() == 0;
  if (name == "minProperties" || name == "minLength" || name == "minItems")
    return value.integer() == 0;
  return name == "additionalProperties" && value.boolean() == true;
}

Result<std::vector<std::string_view>> read_types(Value type, const Path& path) {
  std::vector<std::string_view> types;
  const std::size_t count = type.is_array() ? type.size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto name = (type.is_array() ? type.at(i) : type).string();
    if (!name || !among(*name, kTypes)) {
      return invalid_value(path,
                           "the types are 'object', 'array', 'string', 'integer', "
                           "'number', 'boolean' and 'null'");
    }
    if (among(*name, types)) return invalid_value(path, "a type stands in it twice");
    types.push_back(*name);
  }
  if (types.empty()) return invalid_value(path, "it names no type");
  return types;
}

bool is_known_format(std::string_view format) {
  if (format.size() == 5 && format.starts_with("uuid")) return format[4] >= '1' && format[4] <= '5';
  return format == "date" || format == "time" || format == "date-time" || format == "uuid";
}

std::vector<std::string_view> guessed_types(const SchemaNode& node, bool object) {
  if (object) return {"object"};
  if (node.has("items") || node.has("prefixItems")) return {"array"};
  const auto format = node.value.find("format").string();
  if (node.has("pattern") || node.has("minLength") || node.has("maxLength") ||
      (format && is_known_format(*format))) {
    return {"string"};
  }
  return {};
}

// A pattern wins over a format, and a format over lengths.
bool is_heard_of_string(const SchemaNode& node, std::string_view name) {
  if (name == "pattern") return true;
  if (node.has("pattern")) return false;
  const auto format = node.value.find("format").string();
  const bool known = format && is_known_format(*format);
  return name == "format" ? known : !known;
}

// Whether each schema of an anyOf is itself of the type that stands beside it.
bool branches_have_type(const SchemaNode& node) {
  const Value branches = node.value.find("anyOf");
  for (std::size_t i = 0; i < branches.size(); ++i) {
    const auto own = branches.at(i).find("type").string();
    if (!own || node.types.size() != 1 || *own != node.types.front()) return false;
  }
  return true;
}

bool is_heard(const SchemaNode& node, std::string_view name) {
  const auto one_of = [name](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, name) != names.end();
  };
  switch (node.form) {
    case SchemaForm::reference:
      return name == "$ref";
    case SchemaForm::one_of_many:
      return (name == "anyOf" && !node.has("oneOf")) ||
             (name == "type" && branches_have_type(node));
    case SchemaForm::constant:
      return one_of({"const", "type"});
    case SchemaForm::listed:
      return one_of({"enum", "type"});
    case SchemaForm::joined:
      return one_of({"allOf", "type", "required"});
    case SchemaForm::typed:
      break;
  }
  if (name == "type") return true;
  if (node.is("object") && one_of({"properties", "required", "additionalProperties"})) return true;
  if (node.is("array") && one_of({"minItems", "maxItems"})) return true;
  if (node.is("array") && one_of({"items", "prefixItems"})) {
    return name == "items" || !node.has("items");
  }
  if (node.is("string") && one_of({"pattern", "format", "minLength", "maxLength"})) {
    return is_heard_of_string(node, name);
  }
  if (!node.is("integer")) return false;
  if (name == "exclusiveMinimum") return !node.has("minimum");
  if (name == "exclusiveMaximum") return !node.has("maximum");
  return one_of({"minimum", "maximum"});
}

std::string keyword_advice(std::string_view name) {
  if (name == "oneOf") return "the model's runtime cannot enforce it; use 'anyOf'";
  if (name == "format") {
    return "the model's runtime enforces the formats date, time, date-time and uuid, without a "
           "pattern beside; leave it out, or use 'pattern'";
  }
  return "the model's runtime cannot enforce it here; leave it out, or ask without 'strict'";
}

}  // namespace

// The same questions in the same order as build_node() of json-schema.cpp.
Result<SchemaNode> read_schema_node(Value value, const Path& path) {
  SchemaNode node;
  node.value = value;
  const Value type = value.find("type");
  if (type) {
    TRY(node.types, read_types(type, path.member("type")));
  }
  if (node.has("$ref")) {
    node.form = SchemaForm::reference;
  } else if (node.has("oneOf") || node.has("anyOf")) {
    node.form = SchemaForm::one_of_many;
  } else if (node.has("const")) {
    node.form = SchemaForm::constant;
  } else if (node.has("enum")) {
    node.form = SchemaForm::listed;
  } else {
    const Value more = value.find("additionalProperties");
    const bool object = node.has("properties") || (more && more.boolean() != true);
    const bool joins = node.has("allOf") && !type.is_array();
    if (joins && (type ? node.is("string") || (node.is("object") && !object) : !object)) {
      node.form = SchemaForm::joined;
    } else if (!type) {
      node.types = guessed_types(node, object);
    }
  }
  return node;
}

std::string other_shape(const SchemaNode& node) {
  if (node.has("allOf") && node.form == SchemaForm::typed) {
    return "the model's runtime can use 'allOf' alone only; write one schema instead";
  }
  if (node.has("prefixItems") && node.form == SchemaForm::typed) {
    return "the model's runtime would ignore it beside 'items'; leave one of them out";
  }
  return "the model's runtime would ignore it beside '$ref', 'anyOf', 'oneOf', 'allOf', 'const' "
         "or 'enum'; write one schema instead";
}

Status check_keywords(const SchemaNode& node, const Path& path, bool strict) {
  const bool typed = node.form == SchemaForm::typed && !node.types.empty();
  std::string_view ignored;
  for (std::size_t i = 0; i < node.value.size(); ++i) {
    const auto [name, value] = node.value.member(i);
    if (among(name, kAnnotations) || is_heard(node, name) || says_nothing(name, value)) continue;
    // A oneOf is taken as an anyOf.
    const bool widened = name == "oneOf" && node.form == SchemaForm::one_of_many;
    const bool combines = name == "allOf" || name == "prefixItems";
    if (among(name, kShapes) && !widened && (!typed || combines)) {
      return invalid_value(path.member(name), other_shape(node));
    }
    if (ignored.empty()) ignored = name;
  }
  if (!strict || ignored.empty()) return {};
  return unsupported_value(path.member(ignored), keyword_advice(ignored));
}

}  // namespace b3iq::runtimes
