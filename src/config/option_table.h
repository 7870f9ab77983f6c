// The one list of a program's options. Everything else follows from it: what config.json, the
// environment and flags may say, the error texts, the reference page.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace b3iq::config {

// How a value is written in config.json · in the environment and in flags:
enum class Type : std::uint8_t {
  boolean,   // true, false · true, false, 1, 0
  integer,   // 42 · 42
  duration,  // "30s", "500ms", "5m", "2h", or milliseconds as a number · the same
  size,      // "8MiB", "64KiB", "1GiB", or bytes as a number · the same
  text,      // "…" · …
  choice,    // one of `choices`
  list,      // ["a", "b"] · a,b
  section,   // any array or object, given back as JSON text · not possible
};
std::string_view type_name(Type type);

enum class Secrecy : std::uint8_t { open, secret };

// All views are of string literals. `min` and `max` bound an integer, a duration (ms), a size
// (bytes), the bytes of a text and the elements of a list.
struct Option {
  std::string_view name;  // dotted: "limits.max_body"
  Type type = Type::text;
  std::string_view fallback;  // the default, written as in the environment; a section has none
  std::string_view example;
  std::string_view help;         // one or two sentences; what it does, and why one would change it
  std::string_view environment;  // the variable's name, or empty
  std::string_view flag;         // "--listen", or empty
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string_view> choices;
  Secrecy secrecy = Secrecy::open;
};

class OptionTable {
 public:
  // A table that is wrong in itself (a name twice, a default out of bounds) ends the process: it is
  // a bug.
  explicit OptionTable(std::vector<Option> options);

  const std::vector<Option>& options() const& { return options_; }
  void options() && = delete;
  std::optional<std::size_t> find(std::string_view name) const;
  // True when some option's name begins with `prefix` and a dot.
  bool is_group(std::string_view prefix) const;
  // The known name that is most like `name`; empty when none is.
  std::string_view nearest(std::string_view name) const;

 private:
  std::vector<Option> options_;
};

}  // namespace b3iq::config
