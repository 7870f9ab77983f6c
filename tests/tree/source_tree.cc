#include "source_tree.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

namespace b3iq::tree {

std::filesystem::path root() { return B3IQ_SOURCE_DIR; }

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> source_files(const std::string& folder) {
  std::vector<std::string> files;
  if (!std::filesystem::is_directory(root() / folder)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root() / folder)) {
    const std::string extension = entry.path().extension().string();
    if (!entry.is_regular_file() || (extension != ".h" && extension != ".cc")) continue;
    files.push_back(std::filesystem::relative(entry.path(), root()).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Include> includes_of(const std::string& file) {
  static const std::regex pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::vector<Include> includes;
  std::istringstream in(read_text(root() / file));
  std::string text;
  for (int line = 1; std::getline(in, text); ++line) {
    std::smatch match;
    if (std::regex_search(text, match, pattern))
      includes.push_back({file, line, match[2], match[1] == "\""});
  }
  return includes;
}

std::map<std::string, Layer> read_layers() {
  std::map<std::string, Layer> layers;
  std::istringstream in(read_text(root() / "src/layers.txt"));
  std::string text;
  while (std::getline(in, text)) {
    std::istringstream words(text);
    std::string name, used;
    Layer layer;
    if (!(words >> name) || name.starts_with('#') || !(words >> layer.level)) continue;
    while (words >> used) {
      if (used != "-") layer.may_use.insert(used);
    }
    layers[name] = layer;
  }
  return layers;
}

std::string module_of(const std::string& file) {
  if (!file.starts_with("src/")) return "";
  const auto slash = file.find('/', 4);
  return slash == file.npos ? "" : file.substr(4, slash - 4);
}

}  // namespace b3iq::tree
