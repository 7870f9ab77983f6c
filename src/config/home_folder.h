// The folder in which a program keeps what is its own: where it is, and that nobody else can enter.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace b3iq::config {

struct HomeNames {
  std::string_view variable;  // of the environment: "B3IQ_HOME"
  std::string_view folder;    // below the user's home: ".b3iq"
  std::string_view owner;     // for messages: "this node"
};

// `flag` when given, else $VARIABLE, else ~/FOLDER. Error: config_invalid when there is none of
// them.
base::Result<std::string> find_home_folder(const HomeNames& names, const std::string& flag);

// Makes the folder (0700). One that others can enter is refused with the chmod that mends it.
// Error: file_failed.
base::Status make_private_folder(const HomeNames& names, const std::string& path);

}  // namespace b3iq::config
