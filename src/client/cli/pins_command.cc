#include <fmt/format.h>

#include "base/bytes.h"
#include "cli/console.h"
#include "cli/exit_status.h"
#include "client/cli/client_commands.h"
#include "client/cli/session.h"

namespace b3iq::client {
namespace {

base::Result<PinBook> open(const SharedOptions& shared) {
  TRY(const auto home, CustomerHome::open(shared.home));
  return open_pins(home, shared);
}

void print_text(const Pins& pins) {
  if (pins.nodes.empty() && pins.control_planes.empty()) fmt::print("Nothing is pinned yet.\n");
  std::vector<std::vector<std::string>> rows;
  if (!pins.control_planes.empty()) {
    rows.push_back({"CONTROL PLANE", "ID", "RECEIPT LOG", "SINCE"});
    for (const auto& plane : pins.control_planes)
      rows.push_back(
          {plane.url, plane.id.text(), plane.log.name, base::format_rfc3339(plane.first_seen_ms)});
    cli::print_table(rows);
    rows.clear();
  }
  if (pins.nodes.empty()) return;
  rows.push_back({"NODE", "NEWEST KEY", "SINCE"});
  for (const auto& node : pins.nodes)
    rows.push_back(
        {node.node_id.text(), node.key_id.text(), base::format_rfc3339(node.first_seen_ms)});
  cli::print_table(rows);
}

}  // namespace

int run_pins_list(const SharedOptions& shared) {
  const auto book = open(shared);
  if (!book.ok()) return cli::print_error(book.error());
  if (shared.form == OutputForm::json) {
    fmt::print("{}", encode_pins(book->pins()));
  } else {
    print_text(book->pins());
  }
  return cli::kExitOk;
}

int run_pins_forget(const SharedOptions& shared, const std::string& id_or_url) {
  if (!shared.pins.empty())
    return cli::print_usage_error("--pins is a list that you keep yourself: change the file");
  auto book = open(shared);
  if (!book.ok()) return cli::print_error(book.error());
  const auto forgotten = book->forget(id_or_url);
  if (!forgotten.ok()) return cli::print_error(forgotten.error());
  if (shared.form == OutputForm::text)
    fmt::print("Forgotten. The next one that is seen there is remembered.\n");
  return cli::kExitOk;
}

}  // namespace b3iq::client
