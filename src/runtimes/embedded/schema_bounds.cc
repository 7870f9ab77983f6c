#include "runtimes/embedded/schema_bounds.h"

#include <cmath>
#include <limits>
#include <string>

#include "runtimes/embedded/schema_check.h"
#include "runtimes/embedded/schema_pattern.h"

namespace b3iq::runtimes {
namespace {

using base::Result;
using base::Status;
using inference::invalid_value;
using inference::Path;
using inference::unsupported_value;

constexpr std::size_t kExactDigits = 15;  // of a bound without the other one

// The least or the largest integer that a schema allows; a fraction is rounded inwards.
Result<std::optional<std::int64_t>> read_bound(const SchemaNode& node, const Path& path,
                                               std::string_view inclusive,
                                               std::string_view exclusive, int inwards) {
  const bool open = !node.has(inclusive);
  if (open && !node.has(exclusive)) return std::optional<std::int64_t>();
  const std::string_view name = open ? exclusive : inclusive;
  const auto limit = static_cast<double>(kMaxSchemaInteger);
  TRY(const double bound,
      inference::read_number(node.value.find(name), path.member(name), -limit, limit));
  if (!open) {
    return std::optional(
        static_cast<std::int64_t>(inwards > 0 ? std::ceil(bound) : std::floor(bound)));
  }
  return std::optional(
      static_cast<std::int64_t>(inwards > 0 ? std::floor(bound) : std::ceil(bound)) + inwards);
}

// Away from zero, with no end: the converter loses count at a zero within the number (of 100 to
// ∞ it allows 10), and past 15 digits altogether.
Status check_lone_bound(std::int64_t size, const Path& path, bool strict) {
  const std::string digits = std::to_string(size);
  if (digits.size() > kExactDigits) {
    return invalid_value(path, "without the other bound it can have at most 15 digits");
  }
  const std::size_t zero = digits.find('0', 1);
  if (!strict || zero == std::string::npos || zero + 1 >= digits.size()) return {};
  return unsupported_value(path, "the model's runtime cannot enforce it alone; give both bounds");
}

}  // namespace

Result<CountBounds> read_count_bounds(const SchemaNode& node, const Path& path,
                                      std::string_view least, std::string_view most, bool strict) {
  constexpr std::int64_t kAny = std::numeric_limits<std::int32_t>::max();
  CountBounds bounds;
  if (node.has(least)) {
    TRY(bounds.least,
        inference::read_integer(node.value.find(least), path.member(least), 0, kMaxRepetitions));
  }
  if (node.has(most)) {
    TRY(bounds.most, inference::read_integer(node.value.find(most), path.member(most), 0,
                                             strict ? kMaxRepetitions : kAny));
    if (*bounds.most < bounds.least) {
      return invalid_value(path.member(most), "it is less than the other bound");
    }
  }
  return bounds;
}

Status check_integer_bounds(const SchemaNode& node, const Path& path, bool strict) {
  TRY(const auto least, read_bound(node, path, "minimum", "exclusiveMinimum", 1));
  TRY(const auto most, read_bound(node, path, "maximum", "exclusiveMaximum", -1));
  if (least && most) {
    if (*least <= *most) return {};
    return invalid_value(path.member(node.has("maximum") ? "maximum" : "exclusiveMaximum"),
                         "no integer is that small and as large as the other bound asks");
  }
  if (least && *least > 0) {
    return check_lone_bound(
        *least, path.member(node.has("minimum") ? "minimum" : "exclusiveMinimum"), strict);
  }
  if (most && *most < 0) {
    return check_lone_bound(
        -*most, path.member(node.has("maximum") ? "maximum" : "exclusiveMaximum"), strict);
  }
  return {};
}

}  // namespace b3iq::runtimes
