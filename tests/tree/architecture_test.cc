// Documents that name files name files that exist.
#include <gtest/gtest.h>

#include <regex>

#include "source_tree.h"

namespace b3iq::tree {
namespace {

// "a/b.{h,cc}" → "a/b.h", "a/b.cc".
std::vector<std::string> expand(const std::string& token) {
  const auto open = token.find('{'), close = token.find('}');
  if (open == token.npos || close == token.npos || close < open) return {token};
  std::vector<std::string> all;
  std::string inside = token.substr(open + 1, close - open - 1) + ",";
  for (std::size_t comma; (comma = inside.find(',')) != inside.npos; inside.erase(0, comma + 1)) {
    all.push_back(token.substr(0, open) + inside.substr(0, comma) + token.substr(close + 1));
  }
  return all;
}

const std::set<std::string>& all_file_names() {
  static const std::set<std::string> names = [] {
    std::set<std::string> found;
    for (const char* folder : {"src", "tests", "docs", "bench", "tools", "cmake", "packaging"}) {
      if (!std::filesystem::is_directory(root() / folder)) continue;
      for (const auto& entry : std::filesystem::recursive_directory_iterator(root() / folder)) {
        found.insert(entry.path().filename());
      }
    }
    return found;
  }();
  return names;
}

// True for what can only mean a file of the tree; names that begin with x_ stand for a pattern.
bool is_tree_path(const std::string& path) {
  const auto slash = path.find('/');
  if (slash != path.npos)
    return slash > 0 && std::filesystem::is_directory(root() / path.substr(0, slash));
  return !path.starts_with("x_") && std::regex_search(path, std::regex(R"(\.(cc|h|mjs|cmake)$)"));
}

std::vector<std::string> missing_in(const std::string& document, int& checked) {
  static const std::regex quoted(R"(`([A-Za-z0-9_.\-/{},]+)`)");
  const std::string text = read_text(root() / document);
  std::vector<std::string> missing;
  for (std::sregex_iterator at(text.begin(), text.end(), quoted), end; at != end; ++at) {
    for (const std::string& path : expand((*at)[1])) {
      if (!is_tree_path(path) || path.starts_with("build/") || path.starts_with("node_modules/"))
        continue;
      ++checked;
      const bool exists = path.find('/') != path.npos ? std::filesystem::exists(root() / path)
                                                      : all_file_names().contains(path);
      if (!exists) missing.push_back(path);
    }
  }
  return missing;
}

TEST(Architecture, EveryNamedFileExists) {
  int checked = 0;
  for (const auto& path : missing_in("ARCHITECTURE.md", checked)) {
    ADD_FAILURE() << "ARCHITECTURE.md names " << path << ", which does not exist";
  }
  EXPECT_GT(checked, 10);
}

TEST(Architecture, TheReadmesOfModulesNameFilesThatExist) {
  for (const auto& [module, layer] : read_layers()) {
    int checked = 0;
    const std::string readme = "src/" + module + "/README.md";
    for (const auto& path : missing_in(readme, checked)) {
      // A README may also name paths as its own folder has them.
      if (std::filesystem::exists(root() / "src" / module / path)) continue;
      ADD_FAILURE() << readme << " names " << path << ", which does not exist";
    }
  }
}

TEST(Architecture, TheCheckFindsAMissingFile) {
  EXPECT_EQ(expand("a/b.{h,cc}"), (std::vector<std::string>{"a/b.h", "a/b.cc"}));
  EXPECT_TRUE(is_tree_path("src/none/gone.cc"));
  EXPECT_TRUE(is_tree_path("gone.cc"));
  EXPECT_FALSE(is_tree_path("/v1/models"));
  EXPECT_FALSE(is_tree_path("x_routes.cc"));
  EXPECT_FALSE(is_tree_path("run/agent.json"));
}

}  // namespace
}  // namespace b3iq::tree
