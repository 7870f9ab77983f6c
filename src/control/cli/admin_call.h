// One call of the admin API by a command, and what commands print of its answer.
#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "control/cli/control_commands.h"
#include "json/json.h"

namespace b3iq::control {

// Calls and hands the JSON to `print`; with --json the JSON itself is printed. An act that waits
// for a second person is not done: it says so, with kExitRefused.
struct AdminAnswer {
  int exit_code = cli::kExitOk;
  std::string body;
};
AdminAnswer call_admin(const AdminOptions& options, http::Method method, std::string_view path,
                       std::string_view body = {});

template <class Print>
int print_admin(const AdminOptions& options, const AdminAnswer& answer, Print print) {
  if (answer.exit_code != cli::kExitOk) return answer.exit_code;
  if (options.form == OutputForm::json) {
    fmt::print("{}\n", answer.body);
    return cli::kExitOk;
  }
  const auto document = json::Document::parse(answer.body);
  if (!document.ok()) return cli::print_error(document.error());
  print(document->root());
  return cli::kExitOk;
}

using Columns = std::vector<std::pair<std::string_view, std::string_view>>;  // heading, member
// A list as a table, `nothing` when it is empty, and how to get the next page.
void print_list(json::Value root, const Columns& columns, std::string_view nothing);

// What stands in a table's cell: texts, numbers, lists; times without their fraction; "-" for none.
std::string cell_text(json::Value value);

// "?a=b&c=d" of those that are not empty, encoded; "" for none.
std::string query_of(std::initializer_list<std::pair<std::string_view, std::string>> parameters);
// A path's segment, encoded.
std::string encoded(std::string_view text);

// {"name": value, …} of those that are not empty.
std::string body_of(std::initializer_list<std::pair<std::string_view, std::string_view>> texts);

}  // namespace b3iq::control
