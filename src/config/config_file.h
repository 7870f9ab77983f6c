// config.json on disk: read, and changed by commands without losing what the owner wrote.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "config/option_table.h"

namespace b3iq::config {

struct ConfigFile {
  enum class Readers : std::uint8_t { owner, others };
  std::string text;
  Readers readers = Readers::owner;
};

// Errors: not_found; config_invalid past kMaxConfigBytes; file_failed.
base::Result<ConfigFile> read_config_file(const std::string& path);

struct Change {
  std::string name;                 // dotted
  std::optional<std::string> json;  // the new value as JSON text; nothing: remove the member
};

// Applies the changes to a config text: other members stay, in their order; new ones go last. The
// answer is indented by two spaces. Errors: invalid_json, config_invalid (a change goes through
// something that is no object).
base::Result<std::string> change_config(const std::string& text, std::span<const Change> changes);

// What else must hold before a file becomes this text.
using TextCheck = std::function<base::Status(const std::string& text)>;

// The same for the file: locked against other commands, checked against the table as a whole and by
// `check`, then replaced at once (a crash leaves the old or the new one). Mode 0600. A missing file
// counts as empty. Errors as above, those of `check`, and file_failed.
base::Status rewrite_config_file(const std::string& path, const OptionTable& table,
                                 std::span<const Change> changes, const TextCheck& check = {});

// The file becomes `text` in the same way, whatever it holds.
base::Status replace_config_file(const std::string& path, const OptionTable& table,
                                 const std::string& text);

}  // namespace b3iq::config
