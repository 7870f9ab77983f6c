#include "control/admin/admin_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/query_parameters.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Status;

namespace {

constexpr std::size_t kMaxValueBytes = 128;

std::string known_names(std::initializer_list<PageFilter> filters) {
  std::string names = "limit, before, after";
  for (const auto& filter : filters) names += fmt::format(", {}", filter.name);
  return names;
}

}  // namespace

base::Result<AdminPage> read_page(std::string_view query, std::int64_t most,
                                  std::initializer_list<PageFilter> filters) {
  AdminPage page;
  page.limit = std::min(page.limit, most);
  TRY_OK(http::each_parameter(query, [&](std::string_view name, std::string_view raw) -> Status {
    TRY(auto value, http::text_parameter(name, raw, kMaxValueBytes));
    if (name == "limit") {
      TRY(page.limit, http::integer_parameter(name, value, 1, most));
      return {};
    }
    if (name == "before") {
      page.before = std::move(value);
      return {};
    }
    if (name == "after") {
      page.after = std::move(value);
      return {};
    }
    const auto filter = std::ranges::find(filters, name, &PageFilter::name);
    if (filter == filters.end()) {
      return Error(
          ErrorCode::invalid_request,
          fmt::format("There is no such parameter here. There are: {}.", known_names(filters)),
          std::string(name.substr(0, kMaxValueBytes)));
    }
    return filter->take(std::move(value));
  }));
  return page;
}

}  // namespace b3iq::control
