// The values that a program starts with, each with where it came from. Later sources win: defaults
// < file < environment < flags. Built once at the start, then only read; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/option_table.h"
#include "config/option_value.h"

namespace b3iq::config {

struct Origin {
  enum class Kind : std::uint8_t { fallback, file, environment, flag };
  Kind kind = Kind::fallback;
  std::string where;  // the file's path, the variable, the flag; "default"
};

class Config {
 public:
  // Asking for a name that is not in the table, or as another type, ends the process: it is a bug.
  bool boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  std::int64_t duration_ms(std::string_view name) const;
  std::int64_t size_bytes(std::string_view name) const;
  const std::string& text(std::string_view name) const;  // choices too
  const std::vector<std::string>& list(std::string_view name) const;
  // JSON text of the array or object; empty when it was not given.
  const std::string& section(std::string_view name) const;

  // Whatever its type is.
  const OptionValue& value(std::string_view name) const;
  const Origin& origin(std::string_view name) const;
  // For people and logs: a secret that is set shows as "(secret)".
  std::string shown(std::string_view name) const;
  const OptionTable& table() const { return *table_; }
  // This one's value of the option becomes `other`'s, which is of the same table.
  void take(std::string_view name, const Config& other);

 private:
  friend class Loader;
  struct Entry {
    OptionValue value;
    Origin origin;
  };
  explicit Config(const OptionTable& table) : table_(&table) {}
  const Entry& entry(std::string_view name, Type type) const;

  const OptionTable* table_;    // outlives this
  std::vector<Entry> entries_;  // in the table's order
};

using Environment = std::function<std::optional<std::string>(const std::string& variable)>;
Environment process_environment();

struct Sources {
  std::string file_name;  // for messages and origins
  std::string file_text;  // empty: no file
  Environment environment;
  std::map<std::string, std::string> flags;  // "--listen" → value; only those that were given
};

// Errors: config_invalid. The detail names each bad key with the file, what must stand there, and
// for an unknown key the known one that is most like it; one line for each.
base::Result<Config> merge(const OptionTable& table, const Sources& sources);
base::Result<Config> merge(OptionTable&& table,
                           const Sources& sources) = delete;  // the Config refers to it

// merge() with the file read from disk. Errors: not_found when it is missing; config_invalid too
// when it holds a secret and others may read it.
base::Result<Config> load(const OptionTable& table, const std::string& path,
                          Environment environment, std::map<std::string, std::string> flags = {});

inline constexpr std::size_t kMaxConfigBytes = std::size_t{1024} * 1024;
inline constexpr int kMaxConfigDepth = 32;

}  // namespace b3iq::config
