#include "control/config/control_home.h"

#include <filesystem>

#include "config/home_folder.h"

namespace b3iq::control {

using base::Result;
using base::Status;

namespace {

constexpr config::HomeNames kNames{"B3IQ_CONTROL_HOME", ".b3iq-control", "the control plane"};

}  // namespace

Result<ControlHome> find_control_home(const std::string& flag) {
  TRY(auto root, config::find_home_folder(kNames, flag));
  return ControlHome{std::move(root)};
}

Status make_folders(const ControlHome& home) {
  // Folders above the home are the user's own: made when missing, never judged.
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(home.root).parent_path(), ignored);
  for (const auto& folder : {home.root, home.secrets(), home.run()})
    TRY_OK(config::make_private_folder(kNames, folder));
  return {};
}

}  // namespace b3iq::control
