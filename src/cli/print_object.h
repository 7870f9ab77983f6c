// What commands print with --json.
#pragma once

#include <fmt/format.h>

#include <string>

#include "json/json.h"

namespace b3iq::cli {

// One JSON object on a line of its own; `fill` writes its members.
template <class Fill>
void print_object(Fill fill) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  fill(w);
  w.end_object();
  fmt::print("{}\n", text);
}

}  // namespace b3iq::cli
