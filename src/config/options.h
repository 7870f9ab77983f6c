// A typed table of options and the values that were found for them.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/json.h"

namespace b3iq::config {

enum class Type : std::uint8_t { boolean, integer, duration_ms, bytes, text, choice, text_list };
std::string_view type_name(Type type);

// One option. Texts are static.
struct Option {
  std::string_view name;  // as in config.json; dots lead into objects: "tls.certificate"
  Type type = Type::text;
  std::string_view standard;  // the value when nothing sets it, in the form of a flag; "" for an
                              // empty text or list
  std::string_view example;   // JSON, for the reference page
  std::string_view help;
  std::int64_t minimum =
      std::numeric_limits<std::int64_t>::min();  // of integers, durations (ms) and sizes (bytes)
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  std::string_view choices = {};      // "debug|info|warn", for Type::choice
  std::string_view environment = {};  // variable that sets it, or ""
  bool secret = false;                // never printed
};

// A member of config.json that is not an option: lists and maps that the owner keeps. Read by the
// program itself.
struct Section {
  std::string_view name;
  std::string_view example;
  std::string_view help;
};

struct Table {
  std::span<const Option> options;
  std::span<const Section> sections;
};

enum class Origin : std::uint8_t { standard, file, environment, flag };
std::string_view origin_name(Origin origin);

// The value of every option of a table. Asking for a name that is not in the table, or as another
// type, is a bug.
class Values {
 public:
  bool boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;     // also durations in ms and sizes in bytes
  const std::string& text(std::string_view name) const;  // also choices
  const std::vector<std::string>& list(std::string_view name) const;
  Origin origin(std::string_view name) const;
  // Absent when the file does not have it. Valid as long as these Values.
  json::Value section(std::string_view name) const;

 private:
  friend class Loader;
  struct Entry {
    Origin origin = Origin::standard;
    std::int64_t number = 0;
    std::string text;
    std::vector<std::string> items;
  };
  const Entry& entry(std::string_view name) const;

  std::map<std::string, Entry, std::less<>> entries_;
  std::shared_ptr<json::Document> document_;
};

using Environment = std::map<std::string, std::string, std::less<>>;
// The process's own.
Environment system_environment();

// Merges, in rising order of precedence: the table's standard values, `file_text` (JSON; "" for no
// file), `environment`, `flags` (by option name). Errors: config_invalid naming the key, where it
// stands (`file_name`) and what is allowed; for an unknown key also the nearest known one.
base::Result<Values> load(const Table& table, std::string_view file_text,
                          std::string_view file_name, const Environment& environment,
                          const Environment& flags);

}  // namespace b3iq::config
