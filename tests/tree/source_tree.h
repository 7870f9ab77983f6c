// The tree as the tests see it: files, includes and the table of layers.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace b3iq::tree {

std::filesystem::path root();
std::string read_text(const std::filesystem::path& path);

struct Include {
  std::string file;  // relative to the root: "src/http/server.h"
  int line;
  std::string target;  // what stands between the quotes or brackets
  bool quoted;
};

// Every .h and .cc below `folder` (relative to the root), sorted.
std::vector<std::string> source_files(const std::string& folder);
std::vector<Include> includes_of(const std::string& file);

struct Layer {
  int level = 0;
  std::set<std::string> may_use;
};
// src/layers.txt: module → layer.
std::map<std::string, Layer> read_layers();

// "src/http/server.h" → "http"; empty for a file of no module.
std::string module_of(const std::string& file);

}  // namespace b3iq::tree
