// For tests: a command as a customer gives it, in this process.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "client/cli/client_command_line.h"
#include "json/json.h"

namespace b3iq::client::testing {

struct Ended {
  int code = 0;
  std::string out;
  std::string error;
};

inline Ended run_b3iq(std::vector<std::string> words) {
  words.insert(words.begin(), "b3iq");
  std::vector<const char*> arguments;
  for (const auto& word : words) arguments.push_back(word.c_str());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Ended run;
  run.code = run_client_command_line(static_cast<int>(arguments.size()), arguments.data());
  run.out = ::testing::internal::GetCapturedStdout();
  run.error = ::testing::internal::GetCapturedStderr();
  return run;
}

inline std::string member_of(const std::string& json, std::string_view name) {
  const auto document = json::Document::parse(json);
  EXPECT_TRUE(document.ok()) << json;
  return document.ok() ? std::string(document->root().find(name).string().value_or("")) : "";
}

// A folder of its own, removed with the test.
class TestFolder {
 public:
  TestFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "b3iq-client-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    root = pattern;
  }
  ~TestFolder() { std::filesystem::remove_all(root); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string path(const std::string& name) const { return root + "/" + name; }
  void write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    std::ofstream(path(name)) << text;
    ::chmod(path(name).c_str(), mode);
  }
  std::string text(const std::string& name) const {
    std::stringstream all;
    all << std::ifstream(path(name)).rdbuf();
    return all.str();
  }
  mode_t mode(const std::string& name) const {
    struct stat state{};
    return ::stat(path(name).c_str(), &state) == 0 ? state.st_mode & 0777 : 0;
  }
  std::vector<std::string> files_in(const std::string& name) const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path(name)))
      if (entry.is_regular_file()) files.push_back(entry.path().string());
    return files;
  }

  std::string root;
};

}  // namespace b3iq::client::testing
