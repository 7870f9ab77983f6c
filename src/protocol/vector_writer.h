// Tests only: the golden vectors that a test makes, compared byte by byte with the file of
// tests/vectors, or written there with B3IQ_WRITE_VECTORS=1.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>
#include <string>

namespace b3iq::protocol {

// JSON text with one member a line.
inline std::string indented(const std::string& text) {
  std::string out;
  int depth = 0;
  bool in_text = false;
  const auto line = [&] { out.append("\n").append(static_cast<std::size_t>(depth), ' '); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text && c == '\\') {
      out.append(text, i++, 2);
      continue;
    }
    if (c == '"') in_text = !in_text;
    const bool is_empty = !in_text && i + 1 < text.size() && (c == '{' || c == '[') &&
                          (text[i + 1] == '}' || text[i + 1] == ']');
    if (is_empty) {
      out.append(text, i++, 2);
    } else if (!in_text && (c == '{' || c == '[')) {
      out.push_back(c);
      ++depth;
      line();
    } else if (!in_text && (c == '}' || c == ']')) {
      --depth;
      line();
      out.push_back(c);
    } else {
      out.push_back(c);
      if (!in_text && c == ',') line();
      if (!in_text && c == ':') out.push_back(' ');
    }
  }
  return out.append("\n");
}

inline void compare_vectors(const std::string& file, const std::string& json_text) {
  const std::string made = indented(json_text);
  const std::string path = std::string(B3IQ_SOURCE_DIR) + "/tests/vectors/" + file;
  if (::getenv("B3IQ_WRITE_VECTORS") != nullptr) {
    std::ofstream(path) << made;
    return;
  }
  std::ifstream in(path);
  std::stringstream kept;
  kept << in.rdbuf();
  EXPECT_EQ(kept.str(), made) << path;
}

}  // namespace b3iq::protocol
