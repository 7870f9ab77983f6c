#include "runtimes/embedded/schema_check.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "json/json.h"
#include "runtimes/embedded/schema_bounds.h"
#include "runtimes/embedded/schema_node.h"
#include "runtimes/embedded/schema_pattern.h"
#include "runtimes/embedded/schema_reference.h"

namespace b3iq::runtimes {
namespace {

using base::Result;
using base::Status;
using inference::invalid_value;
using inference::Path;
using inference::unsupported_value;
using json::Value;

constexpr int kMaxLinks = 32;  // of references to references

std::string at_most(std::size_t limit, std::string_view what, std::string_view advice) {
  std::string text = "the limit is " + std::to_string(limit) + " ";
  return text.append(what).append("; ").append(advice);
}

bool is_of_type(Value value, std::string_view type) {
  if (type == "number") return value.is_number();
  if (type == "integer") {
    const auto number = value.number();
    return number && std::trunc(*number) == *number;
  }
  if (type == "null") return value.is_null();
  return json::kind_name(value.kind()) == type;
}

class SchemaCheck {
 public:
  SchemaCheck(Value root, const Path& place, bool strict, SchemaCounts& counts)
      : root_(root), place_(place), strict_(strict), counts_(counts) {}

  Status run() {
    TRY_OK(visit(root_, place_, 1));
    // Schemas that are only referred to, each once.
    while (!pending_.empty()) {
      const Reference reference = std::move(pending_.back());
      pending_.pop_back();
      if (!seen_.insert(reference.target.raw_node()).second) continue;
      TRY_OK(follow(root_, place_, reference, 0));
    }
    return {};
  }

 private:
  // Down the steps of a reference, so that the schema's path is known.
  Status follow(Value here, const Path& path, const Reference& reference, std::size_t step) {
    if (step == reference.steps.size()) return visit(here, path, 1);
    const std::string& name = reference.steps[step];
    if (here.is_array()) {
      const std::size_t index = reference_index(name);
      return follow(here.at(index), path.element(index), reference, step + 1);
    }
    return follow(here.find(name), path.member(name), reference, step + 1);
  }

  Status visit(Value value, const Path& path, int depth) {
    if (!value.is_object()) {
      return invalid_value(path,
                           "the model's runtime takes schemas that are objects only; {} "
                           "stands for any value");
    }
    if (depth > kMaxSchemaDepth) {
      return invalid_value(path, at_most(kMaxSchemaDepth, "schemas within each other",
                                         "make it flatter, or use '$ref'"));
    }
    TRY(const SchemaNode node, read_schema_node(value, path));
    TRY_OK(check_keywords(node, path, strict_));
    switch (node.form) {
      case SchemaForm::reference:
        TRY_OK(check_reference(node, path));
        break;
      case SchemaForm::one_of_many:
        TRY_OK(check_alternatives(node, path, depth));
        break;
      case SchemaForm::constant:
      case SchemaForm::listed:
        TRY_OK(check_values(node, path));
        break;
      case SchemaForm::joined:
        TRY_OK(check_joined(node, path, depth));
        break;
      case SchemaForm::typed:
        if (node.is("object")) TRY_OK(check_object(node, path, depth));
        if (node.is("array")) TRY_OK(check_array(node, path, depth));
        if (node.is("string")) TRY_OK(check_string(node, path));
        if (node.is("integer")) TRY_OK(check_integer_bounds(node, path, strict_));
        break;
    }
    return {};
  }

  Status add_choices(std::size_t count, const Path& path) {
    counts_.choices += count;
    if (counts_.choices <= kMaxSchemaChoices) return {};
    return invalid_value(
        path, at_most(kMaxSchemaChoices, "values of 'enum' and schemas of 'anyOf' in all",
                      "use a string with a description of its values, or ask in two steps"));
  }

  Status check_reference(const SchemaNode& node, const Path& path) {
    const Path here = path.member("$ref");
    Value at = node.value;
    // A reference to a reference to itself is no schema.
    for (int links = 0; at.find("$ref"); ++links) {
      TRY(Reference reference, read_reference(at.find("$ref"), root_, here));
      if (links == kMaxLinks) return invalid_value(here, "it leads back to itself");
      at = reference.target;
      pending_.push_back(std::move(reference));
    }
    return {};
  }

  Status check_alternatives(const SchemaNode& node, const Path& path, int depth) {
    const std::string_view name = node.has("oneOf") ? "oneOf" : "anyOf";
    const Path here = path.member(name);
    const Value branches = node.value.find(name);
    if (!branches.is_array() || branches.size() == 0) {
      return invalid_value(here, "it must be an array of at least one schema");
    }
    if (name == "oneOf" && node.has("anyOf")) {
      return invalid_value(path.member("anyOf"), other_shape(node));
    }
    TRY_OK(add_choices(branches.size(), here));
    for (std::size_t i = 0; i < branches.size(); ++i) {
      TRY_OK(visit(branches.at(i), here.element(i), depth + 1));
    }
    return {};
  }

  Status check_values(const SchemaNode& node, const Path& path) {
    const auto fits = [&node](Value value) {
      return node.types.empty() || std::ranges::any_of(node.types, [value](std::string_view type) {
               return is_of_type(value, type);
             });
    };
    if (node.form == SchemaForm::constant) {
      if (node.has("enum")) return invalid_value(path.member("enum"), other_shape(node));
      if (fits(node.value.find("const"))) return add_choices(1, path.member("const"));
      return invalid_value(path.member("const"), "it is not of the schema's type");
    }
    const Path here = path.member("enum");
    const Value values = node.value.find("enum");
    if (!values.is_array() || values.size() == 0) {
      return invalid_value(here, "it must be an array of at least one value");
    }
    // The converter lists them once for each type of a list of types.
    TRY_OK(add_choices(values.size() * std::max<std::size_t>(1, node.types.size()), here));
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!fits(values.at(i))) {
        return invalid_value(here.element(i), "it is not of the schema's type");
      }
    }
    return {};
  }

  // The schema behind references; their chains have ends, as check_reference() saw.
  Value behind_references(Value value) const {
    for (int links = 0; links < kMaxLinks && value.find("$ref"); ++links) {
      const auto reference = read_reference(value.find("$ref"), root_, place_);
      if (!reference.ok()) return {};
      value = reference->target;
    }
    return value;
  }

  // Objects are joined into one that has the properties of all; everything else that stands in an
  // allOf makes the converter write an empty object.
  Status check_joined(const SchemaNode& node, const Path& path, int depth) {
    const Path here = path.member("allOf");
    const Value parts = node.value.find("allOf");
    if (!parts.is_array() || parts.size() == 0) {
      return invalid_value(here, "it must be an array of at least one schema");
    }
    TRY_OK(add_choices(parts.size(), here));
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Path place = here.element(i);
      TRY_OK(visit(parts.at(i), place, depth + 1));
      const Value part = behind_references(parts.at(i));
      TRY(const SchemaNode read, read_schema_node(part, place));
      const bool object = read.form == SchemaForm::typed && read.types.size() == 1 &&
                          read.is("object") && read.value.find("properties").size() > 0;
      const bool listed = read.form == SchemaForm::listed && parts.size() == 1;
      if (!listed && (!object || node.is("string"))) {
        return invalid_value(place,
                             "the model's runtime can join objects with 'properties' only; "
                             "write one schema instead");
      }
      if (object) TRY_OK(add_part(read, place, parts.size(), names));
    }
    return check_required(node, path, names, true);
  }

  static Status add_part(const SchemaNode& part, const Path& path, std::size_t parts,
                         std::set<std::string_view>& names) {
    const Value properties = part.value.find("properties");
    for (std::size_t i = 0; i < properties.size(); ++i) {
      if (!names.insert(properties.member(i).name).second) {
        return invalid_value(path, "a property stands in two parts of an 'allOf'; name it once");
      }
    }
    if (parts > 1 && part.value.find("additionalProperties").boolean() == false) {
      return invalid_value(path.member("additionalProperties"),
                           "it forbids what the other parts of the 'allOf' ask for");
    }
    return {};
  }

  // `closed`: other properties than `names` cannot be answered.
  Status check_required(const SchemaNode& node, const Path& path,
                        const std::set<std::string_view>& names, bool closed) const {
    const Value required = node.value.find("required");
    if (!required) return {};
    const Path here = path.member("required");
    if (!required.is_array()) return inference::wrong_type(here, "an array of names", required);
    for (std::size_t i = 0; i < required.size(); ++i) {
      TRY(const std::string_view name, inference::read_string(required.at(i), here.element(i)));
      if (names.contains(name)) continue;
      if (closed) {
        return invalid_value(here.element(i),
                             "it is not among 'properties', so that no answer could have it");
      }
      if (strict_) {
        return unsupported_value(here.element(i),
                                 "the model's runtime cannot enforce it; name it in 'properties'");
      }
    }
    return {};
  }

  Status check_object(const SchemaNode& node, const Path& path, int depth) {
    const Value properties = node.value.find("properties");
    const Path here = path.member("properties");
    if (properties) TRY_OK(inference::expect_object(properties, here));
    const Value more = node.value.find("additionalProperties");
    const Path more_path = path.member("additionalProperties");
    const bool closed = more ? more.boolean() == false : static_cast<bool>(properties);
    counts_.properties += properties.size();
    if (counts_.properties > kMaxSchemaProperties) {
      return invalid_value(here, at_most(kMaxSchemaProperties, "properties in all",
                                         "leave some out, or ask in two steps"));
    }
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < properties.size(); ++i) {
      const auto [name, value] = properties.member(i);
      const Path place = here.member(name);
      names.insert(name);
      TRY_OK(check_name(name, place, closed));
      TRY_OK(visit(value, place, depth + 1));
    }
    TRY_OK(check_required(node, path, names, closed));
    TRY_OK(check_optional(node, here));
    if (!more || more.boolean()) return {};
    return visit(more, more_path, depth + 1);
  }

  static Status check_name(std::string_view name, const Path& path, bool closed) {
    if (name.size() > kMaxPropertyNameBytes) {
      return invalid_value(path, at_most(kMaxPropertyNameBytes, "bytes of a name", "shorten it"));
    }
    // The converter spells out which names the others cannot have, and escapes nothing.
    if (!closed && name.find_first_of("\"\\^]") != std::string_view::npos) {
      return unsupported_value(path,
                               "a name with one of \" \\ ^ ] needs 'additionalProperties': "
                               "false in the model's runtime");
    }
    return {};
  }

  static Status check_optional(const SchemaNode& node, const Path& path) {
    const Value properties = node.value.find("properties");
    const Value required = node.value.find("required");
    std::set<std::string_view> asked;
    for (std::size_t i = 0; i < required.size(); ++i)
      asked.insert(required.at(i).string().value_or(""));
    std::size_t optional = 0;
    for (std::size_t i = 0; i < properties.size(); ++i)
      optional += asked.contains(properties.member(i).name) ? 0 : 1;
    if (optional <= kMaxOptionalProperties) return {};
    return invalid_value(path, at_most(kMaxOptionalProperties, "properties that are not required",
                                       "name more of them in 'required'"));
  }

  Status check_array(const SchemaNode& node, const Path& path, int depth) {
    TRY(const CountBounds bounds, read_count_bounds(node, path, "minItems", "maxItems", strict_));
    const std::string_view name = node.has("items") ? "items" : "prefixItems";
    const Value items = node.value.find(name);
    const Path here = path.member(name);
    if (!items) return {};
    if (!items.is_array()) return visit(items, here, depth + 1);
    const auto count = static_cast<std::int64_t>(items.size());
    if (count < bounds.least || count > bounds.most.value_or(count)) {
      return invalid_value(here,
                           "the model's runtime writes exactly these items, which the "
                           "bounds on their number forbid");
    }
    TRY_OK(add_choices(items.size(), here));
    for (std::size_t i = 0; i < items.size(); ++i) {
      TRY_OK(visit(items.at(i), here.element(i), depth + 1));
    }
    return {};
  }

  Status check_string(const SchemaNode& node, const Path& path) {
    TRY_OK(read_count_bounds(node, path, "minLength", "maxLength", strict_));
    const Value pattern = node.value.find("pattern");
    const Path here = path.member("pattern");
    if (const Value format = node.value.find("format"); format) {
      TRY_OK(inference::read_string(format, path.member("format")));
    }
    if (!pattern) return {};
    TRY(const std::string_view text, inference::read_string(pattern, here));
    const PatternVerdict verdict = judge_pattern(text);
    if (verdict.kind == PatternVerdict::Kind::broken) return invalid_value(here, verdict.reason);
    if (verdict.kind == PatternVerdict::Kind::ignored && strict_) {
      return unsupported_value(here, verdict.reason);
    }
    return {};
  }

  Value root_;
  const Path& place_;
  const bool strict_;
  SchemaCounts& counts_;
  std::vector<Reference> pending_;
  std::set<const void*> seen_;
};

}  // namespace

Status check_schema(std::string_view schema, const Path& place, bool strict, SchemaCounts& counts) {
  if (schema.size() > kMaxSchemaBytes) {
    return invalid_value(place, at_most(kMaxSchemaBytes, "bytes of a schema",
                                        "shorten its descriptions, or ask in two steps"));
  }
  TRY(const auto document, json::Document::parse(schema));
  return SchemaCheck(document.root(), place, strict, counts).run();
}

Status check_schemas(const inference::ChatRequest& request) {
  SchemaCounts counts;
  if (request.response_format == inference::ResponseFormat::json_schema) {
    const Path format("response_format");
    const Path inside = format.member("json_schema");
    TRY_OK(check_schema(request.json_schema, inside.member("schema"), request.json_schema_strict,
                        counts));
  }
  const Path tools("tools");
  for (std::size_t i = 0; i < request.tools.size(); ++i) {
    const inference::Tool& tool = request.tools[i];
    if (tool.parameters.empty()) continue;
    const Path element = tools.element(i);
    const Path function = element.member("function");
    TRY_OK(check_schema(tool.parameters, function.member("parameters"), tool.strict, counts));
  }
  return {};
}

}  // namespace b3iq::runtimes
