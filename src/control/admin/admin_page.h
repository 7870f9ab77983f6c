// Which page of a list is asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"

namespace b3iq::control {

struct AdminPage {
  std::int64_t limit = 100;
  std::string before;  // newest-first lists: those before this id; "" from the newest
  std::string after;   // lists by id: those after this one; "" from the first
};

// A parameter of the list's own. Its value is decoded.
struct PageFilter {
  std::string_view name;
  std::function<base::Status(std::string value)> take;
};

// Takes `limit` (1 to `most`), `before`, `after` and the filters. Errors: invalid_request naming
// the parameter, and of an unknown one those that there are.
base::Result<AdminPage> read_page(std::string_view query, std::int64_t most,
                                  std::initializer_list<PageFilter> filters);

}  // namespace b3iq::control
