// One value of one option: read from JSON or text, checked against its bounds, shown.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "config/option_table.h"
#include "json/json.h"

namespace b3iq::config {

// boolean; integer, duration in ms, size in bytes; text, choice, a section's JSON; list.
using OptionValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

// Errors: config_invalid; the detail says what was there and what must be, without the option's
// name and, for a secret, without the value.
base::Result<OptionValue> parse_json(const Option& option, json::Value value);
base::Result<OptionValue> parse_text(const Option& option, std::string_view text);

// What may stand there: "a duration from 1s to 10m".
std::string expectation(const Option& option);

// The value as text for people. Shows secrets: see Config::shown.
std::string show_value(const Option& option, const OptionValue& value);

}  // namespace b3iq::config
