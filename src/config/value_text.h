// Text forms of option values: "30s", "8MiB", "true".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace b3iq::config {

// Whole numbers with an optional sign.
std::optional<std::int64_t> parse_integer(std::string_view text);
// "250ms", "30s", "5m", "2h", "1d"; a number alone is milliseconds.
std::optional<std::int64_t> parse_duration_ms(std::string_view text);
// "512", "64KiB", "8MiB", "1GiB".
std::optional<std::int64_t> parse_bytes(std::string_view text);
// How many single-character edits turn one into the other, for "did you mean".
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace b3iq::config
