#include "cli/option_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <utility>

namespace b3iq::cli {
namespace {

constexpr char kBetweenWords = '|';
constexpr std::size_t kMaxToldBytes = 24;
constexpr std::string_view kNumber = "NUMBER";
// More than any link carries, and far from the end of the type.
constexpr std::int64_t kMostBytes = std::int64_t{1} << 50;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// 0: no unit.
std::int64_t unit_bytes(std::string unit) {
  std::ranges::transform(unit, unit.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  if (unit.empty() || unit == "b") return 1;
  constexpr std::string_view kPrefixes = "kmgt";
  const auto power = kPrefixes.find(unit.front());
  const auto rest = std::string_view(unit).substr(1);
  if (power == std::string_view::npos || !(rest.empty() || rest == "b" || rest == "ib")) return 0;
  return std::int64_t{1} << (10 * (power + 1));
}

std::optional<std::int64_t> bytes_of(std::string_view text) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = whole_number(text.substr(0, digits));
  auto unit = text.substr(digits);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  const auto factor = unit_bytes(std::string(unit));
  if (!number || factor == 0 || *number < 1 || *number > kMostBytes / factor) return std::nullopt;
  return *number * factor;
}

// "chat, models and metrics".
std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

// The library adds a description to the help; an empty one keeps it out.
template <class Check>
CLI::Validator validator(Check check) {
  return {[check = std::move(check)](std::string& text) { return check(text); }, ""};
}

}  // namespace

bool is_plain_word(std::string_view word) {
  return !word.empty() && word.size() <= kMaxToldBytes && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

void takes_whole_number(CLI::Option* option, std::int64_t least, std::int64_t most) {
  option->type_name(std::string(kNumber))->check(validator([least, most](const std::string& text) {
    const auto number = whole_number(text);
    if (number && *number >= least && *number <= most) return std::string();
    return fmt::format("must be a whole number from {} to {}", least, most);
  }));
}

void takes_number(CLI::Option* option, double least, double most) {
  option->type_name(std::string(kNumber))->check(validator([least, most](const std::string& text) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    const bool whole = !text.empty() && *end == '\0';
    if (whole && number >= least && number <= most) return std::string();
    return fmt::format("must be a number from {} to {}", least, most);
  }));
}

void takes_bytes(CLI::Option* option) {
  option->type_name("BYTES")->transform(validator([](std::string& text) {
    const auto bytes = bytes_of(text);
    if (!bytes) return std::string("must be a number of bytes such as 500KiB, 10MiB or 1GiB");
    text = std::to_string(*bytes);
    return std::string();
  }));
}

void takes_one_of(CLI::Option* option, const std::vector<std::string>& words) {
  const std::string_view between(&kBetweenWords, 1);
  option->type_name(fmt::format("{}", fmt::join(words, between)))
      ->check(validator([words](const std::string& text) {
        if (std::ranges::find(words, text) != words.end()) return std::string();
        return fmt::format("{} is none of {}",
                           is_plain_word(text) ? fmt::format("'{}'", text) : "that", listed(words));
      }));
}

std::vector<std::string> words_taken(const CLI::Option& option) {
  const auto type = option.get_type_name();
  if (type.find(kBetweenWords) == std::string::npos) return {};
  return CLI::detail::split(type, kBetweenWords);
}

}  // namespace b3iq::cli
