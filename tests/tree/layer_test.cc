// Modules include what src/layers.txt lets them, libraries stay in the module that wraps them,
// names mean something.
#include <gtest/gtest.h>

#include <functional>

#include "source_tree.h"

namespace b3iq::tree {
namespace {

std::string place(const Include& include) {
  return include.file + ":" + std::to_string(include.line) + " includes " + include.target;
}

TEST(Layers, TheTableIsOrderedAndComplete) {
  const auto layers = read_layers();
  ASSERT_GE(layers.size(), 5u);
  for (const auto& [name, layer] : layers) {
    for (const auto& used : layer.may_use) {
      ASSERT_TRUE(layers.contains(used)) << name << " may use " << used << ", which is not listed";
      EXPECT_LE(layers.at(used).level, layer.level)
          << name << " may use " << used << ", which is above it";
    }
  }
  for (const auto& file : source_files("src")) {
    EXPECT_TRUE(layers.contains(module_of(file))) << file << " is in no module of src/layers.txt";
  }
}

TEST(Layers, IncludesGoWhereTheTableLetsThem) {
  const auto layers = read_layers();
  for (const auto& file : source_files("src")) {
    const std::string own = module_of(file);
    for (const auto& include : includes_of(file)) {
      if (!include.quoted) continue;
      const auto slash = include.target.find('/');
      EXPECT_NE(slash, include.target.npos) << place(include) << "; write includes from src/";
      const std::string used = include.target.substr(0, slash);
      if (used == own || slash == include.target.npos || !layers.contains(own)) continue;
      EXPECT_TRUE(layers.at(own).may_use.contains(used))
          << place(include) << ", but src/layers.txt does not let " << own << " use " << used;
    }
  }
}

TEST(Layers, ModulesFormNoCycle) {
  std::map<std::string, std::set<std::string>> uses;
  const auto layers = read_layers();
  for (const auto& file : source_files("src")) {
    for (const auto& include : includes_of(file)) {
      const std::string used = include.target.substr(0, include.target.find('/'));
      if (include.quoted && layers.contains(used) && used != module_of(file))
        uses[module_of(file)].insert(used);
    }
  }
  std::map<std::string, int> state;  // 1: on the path, 2: done
  const std::function<void(const std::string&, const std::string&)> visit =
      [&](const std::string& module, const std::string& path) {
        ASSERT_NE(state[module], 1) << "a cycle: " << path;
        if (state[module] == 2) return;
        state[module] = 1;
        for (const auto& used : uses[module]) visit(used, path + " -> " + used);
        state[module] = 2;
      };
  for (const auto& [module, layer] : layers) visit(module, module);
}

// What answers strangers can write public views only: it cannot even see the records.
// public_facts.cc and public_receipts.cc alone turn records into facts that may be shown, and their
// headers name none.
const std::set<std::string> kPublicIncludes = {"control/public_api/public_answer.h",
                                               "control/public_api/public_facts.h",
                                               "control/public_api/public_receipt_routes.h",
                                               "control/public_api/public_receipts.h",
                                               "protocol/public_receipt_view.h",
                                               "control/public_api/public_routes.h",
                                               "control/auth/recent_map.h",
                                               "control/config/address_range.h",
                                               "control/errors/outward_error.h",
                                               "control/limits/address_buckets.h",
                                               "control/limits/client_address.h",
                                               "protocol/public_model_name.h",
                                               "protocol/public_network_view.h"};

TEST(Layers, G9_117_ThePublicApiSeesPublicViewsOnly) {
  std::size_t seen = 0;
  for (const auto& file : source_files("src")) {
    if (!file.starts_with("src/control/public_api/") || file.ends_with("_test.cc") ||
        file.ends_with("/public_facts.cc") || file.ends_with("/public_receipts.cc"))
      continue;
    ++seen;
    for (const auto& include : includes_of(file)) {
      const bool of_records = include.target.starts_with("control/") ||
                              include.target.starts_with("protocol/") ||
                              include.target.starts_with("storage/");
      if (include.quoted && of_records)
        EXPECT_TRUE(kPublicIncludes.contains(include.target)) << place(include);
    }
  }
  EXPECT_GT(seen, 3u);
}

// A library is included in one place only.
struct Home {
  std::string_view header;  // the beginning of what is included
  std::string_view folder;
};
constexpr Home kHomes[] = {
    {"boost/asio", "src/http/"},
    {"boost/json", "src/json/"},
    {"sqlite3.h", "src/storage/sqlite/"},
    {"libpq", "src/storage/postgres/"},
    {"llama", "src/runtimes/embedded/worker/"},
    {"ggml", "src/runtimes/embedded/worker/"},
    {"gguf.h", "src/runtimes/embedded/worker/"},
    {"hwloc", "src/agent/inventory/"},
};

TEST(Layers, LibrariesStayInTheModuleThatWrapsThem) {
  for (const auto& file : source_files("src")) {
    for (const auto& include : includes_of(file)) {
      for (const Home& home : kHomes) {
        if (!include.target.starts_with(home.header)) continue;
        EXPECT_TRUE(file.starts_with(home.folder))
            << place(include) << "; it belongs in " << home.folder;
      }
    }
  }
}

// One for each program.
const std::set<std::string> kTwins = {"main.cc"};

TEST(Names, FilesHaveUniqueNames) {
  std::map<std::string, std::string> seen;
  for (const auto& file : source_files("src")) {
    const std::string name = std::filesystem::path(file).filename();
    if (kTwins.contains(name)) continue;
    const auto [earlier, added] = seen.emplace(name, file);
    EXPECT_TRUE(added) << file << " has the name of " << earlier->second;
  }
}

TEST(Names, NothingIsCalledByAWordWithoutMeaning) {
  const std::set<std::string> meaningless = {"util",   "utils",   "utility", "common",
                                             "helper", "helpers", "misc",    "manager"};
  for (const char* folder : {"src", "tests", "bench"}) {
    for (const auto& file : source_files(folder)) {
      if (file.find("node_modules") != file.npos) continue;
      std::string word;
      for (const char c : file + "/") {
        if (c != '/' && c != '_' && c != '.' && c != '-') {
          word.push_back(c);
          continue;
        }
        EXPECT_FALSE(meaningless.contains(word)) << file << " says '" << word << "'";
        word.clear();
      }
    }
  }
}

TEST(Names, HeadersHavePragmaOnceAndModulesHaveAReadme) {
  for (const auto& file : source_files("src")) {
    if (!file.ends_with(".h")) continue;
    EXPECT_NE(read_text(root() / file).find("#pragma once\n"), std::string::npos) << file;
  }
  for (const auto& [module, layer] : read_layers()) {
    bool found = false;  // in its folder, or in the folder of each adapter
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(root() / "src" / module)) {
      found = found || entry.path().filename() == "README.md";
    }
    EXPECT_TRUE(found) << "src/" << module << " has no README.md";
  }
}

}  // namespace
}  // namespace b3iq::tree
