#include "agent/home.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <filesystem>

#include "config/home_folder.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kDefaultModelFile = "b3iq-atlas-5m-q8_0.gguf";

constexpr config::HomeNames kNames{"B3IQ_HOME", ".b3iq", "this node"};

}  // namespace

Result<Home> find_home(const std::string& flag) {
  TRY(auto root, config::find_home_folder(kNames, flag));
  return Home{std::move(root)};
}

Status make_folders(const Home& home) {
  // Folders above the home are the user's own: made when missing, never judged.
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(home.root).parent_path(), ignored);
  for (const auto& folder : {home.root, home.secrets(), home.run(), home.models()})
    TRY_OK(config::make_private_folder(kNames, folder));
  return {};
}

Result<Installation> find_installation() {
  std::array<char, PATH_MAX> buffer;
  const auto length = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (length <= 0)
    return Error(ErrorCode::file_failed, "The program cannot find its own file in /proc/self/exe.");
  const std::string self(buffer.data(), static_cast<std::size_t>(length));
  const std::string bin = self.substr(0, self.rfind('/'));
  const std::string prefix = bin.substr(0, bin.rfind('/'));
  return Installation{self,
                      bin + "/b3iq-worker",
                      prefix + "/lib/llama",
                      fmt::format("{}/share/b3iq/models/{}", prefix, kDefaultModelFile),
                      prefix + "/share/b3iq/models/catalogue.json",
                      prefix + "/share/b3iq/web/setup"};
}

}  // namespace b3iq::agent
