#include "config/option_value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>

namespace b3iq::config {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::int64_t kNoMax = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kShownBytes = 40;

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr Unit kDurations[] = {{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};
constexpr Unit kSizes[] = {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}};

std::span<const Unit> units(Type type) {
  if (type == Type::duration) return kDurations;
  if (type == Type::size) return kSizes;
  return {};
}

std::string show_number(Type type, std::int64_t number) {
  for (const Unit& unit : units(type)) {
    if (number != 0 && number % unit.factor == 0)
      return fmt::format("{}{}", number / unit.factor, unit.name);
  }
  return fmt::format("{}", number);
}

std::string quoted(const Option& option, std::string_view what) {
  if (option.secrecy == Secrecy::secret) return "the value (not shown)";
  if (what.size() > kShownBytes) return fmt::format("\"{}…\"", what.substr(0, kShownBytes));
  return fmt::format("\"{}\"", what);
}

Error wrong(const Option& option, std::string_view what) {
  std::string text = fmt::format("is {}, but must be {}", what, expectation(option));
  if (!option.example.empty()) text += fmt::format(" (for example {})", option.example);
  return {ErrorCode::config_invalid, std::move(text)};
}

Result<OptionValue> bounded(const Option& option, std::int64_t number) {
  if (number < option.min || number > option.max)
    return wrong(option, show_number(option.type, number));
  return OptionValue(number);
}

// Digits with one unit behind them, or none. Refuses what does not fit.
Result<OptionValue> parse_number(const Option& option, std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (failure != std::errc()) return wrong(option, quoted(option, text));
  if (unit.empty()) return bounded(option, number);
  for (const Unit& known : units(option.type)) {
    if (known.name != unit) continue;
    std::int64_t product;
    if (__builtin_mul_overflow(number, known.factor, &product)) break;
    return bounded(option, product);
  }
  return wrong(option, quoted(option, text));
}

Result<OptionValue> check_text(const Option& option, std::string_view text) {
  const auto size = static_cast<std::int64_t>(text.size());
  if (size < option.min || size > option.max)
    return wrong(option, fmt::format("{} bytes long", size));
  return OptionValue(std::string(text));
}

Result<OptionValue> check_choice(const Option& option, std::string_view text) {
  if (std::find(option.choices.begin(), option.choices.end(), text) != option.choices.end()) {
    return OptionValue(std::string(text));
  }
  return wrong(option, quoted(option, text));
}

Result<OptionValue> check_list(const Option& option, std::vector<std::string> list) {
  const auto size = static_cast<std::int64_t>(list.size());
  if (size < option.min || size > option.max)
    return wrong(option, fmt::format("a list of {}", size));
  return OptionValue(std::move(list));
}

Result<OptionValue> parse_json_list(const Option& option, json::Value value) {
  if (!value.is_array())
    return wrong(option, fmt::format("of kind {}", json::kind_name(value.kind())));
  std::vector<std::string> list;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto element = value.at(i).string();
    if (!element)
      return wrong(option,
                   fmt::format("a list with an element that is no text (number {})", i + 1));
    list.emplace_back(*element);
  }
  return check_list(option, std::move(list));
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> list;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    list.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return list;
}

std::string bounds(const Option& option) {
  const auto show = [&option](std::int64_t n) { return show_number(option.type, n); };
  if (option.max == kNoMax && option.min == 0) return "";
  if (option.max == kNoMax) return fmt::format(" of at least {}", show(option.min));
  return fmt::format(" from {} to {}", show(option.min), show(option.max));
}

std::string length(const Option& option, std::string_view unit) {
  if (option.max == kNoMax && option.min == 0) return "";
  if (option.max == kNoMax) return fmt::format(" of at least {} {}", option.min, unit);
  if (option.min == 0) return fmt::format(" of at most {} {}", option.max, unit);
  return fmt::format(" of {} to {} {}", option.min, option.max, unit);
}

}  // namespace

std::string expectation(const Option& option) {
  switch (option.type) {
    case Type::boolean:
      return "true or false";
    case Type::integer:
      return "a whole number" + bounds(option);
    case Type::duration:
      return "a duration" + bounds(option);
    case Type::size:
      return "a size" + bounds(option);
    case Type::text:
      return "a text" + length(option, "bytes");
    case Type::choice:
      return fmt::format("one of {}", fmt::join(option.choices, ", "));
    case Type::list:
      return "a list of texts" + length(option, "elements");
    case Type::section:
      return "a list or an object, as in the example";
  }
  return "";
}

Result<OptionValue> parse_json(const Option& option, json::Value value) {
  const auto kind = [&] {
    return wrong(option, fmt::format("of kind {}", json::kind_name(value.kind())));
  };
  switch (option.type) {
    case Type::boolean:
      if (const auto flag = value.boolean()) return OptionValue(*flag);
      return kind();
    case Type::integer:
      if (const auto number = value.integer()) return bounded(option, *number);
      return kind();
    case Type::duration:
    case Type::size:
      if (const auto number = value.integer()) return bounded(option, *number);
      if (const auto text = value.string()) return parse_number(option, *text);
      return kind();
    case Type::text:
    case Type::choice:
      if (const auto text = value.string()) {
        return option.type == Type::text ? check_text(option, *text) : check_choice(option, *text);
      }
      return kind();
    case Type::list:
      return parse_json_list(option, value);
    case Type::section:
      if (value.is_array() || value.is_object()) return OptionValue(value.to_text());
      return kind();
  }
  return kind();
}

Result<OptionValue> parse_text(const Option& option, std::string_view text) {
  switch (option.type) {
    case Type::boolean:
      if (text == "true" || text == "1") return OptionValue(true);
      if (text == "false" || text == "0") return OptionValue(false);
      return wrong(option, quoted(option, text));
    case Type::integer:
    case Type::duration:
    case Type::size:
      return parse_number(option, text);
    case Type::text:
      return check_text(option, text);
    case Type::choice:
      return check_choice(option, text);
    case Type::list:
      return check_list(option, split(text));
    case Type::section:
      return Error(ErrorCode::config_invalid, "can be given in the file only");
  }
  return wrong(option, "unreadable");
}

std::string show_value(const Option& option, const OptionValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return show_number(option.type, *number);
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    return fmt::format("{}", fmt::join(*list, ","));
  }
  return std::get<std::string>(value);
}

}  // namespace b3iq::config
