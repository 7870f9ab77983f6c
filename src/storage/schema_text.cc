#include "storage/schema_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace b3iq::storage {
namespace {

std::string list(const std::vector<std::string>& names) {
  return fmt::format("({})", fmt::join(names, ", "));
}

std::string table_text(const std::string& name, const TableShape& table) {
  std::string out = fmt::format("table {}\n", name);
  for (const auto& column : table.columns) {
    out +=
        fmt::format("  {} {}{}{}\n", column.name, column.type, column.not_null ? " not null" : "",
                    column.default_value.empty() ? "" : " default " + column.default_value);
  }
  if (!table.primary_key.empty()) {
    out += fmt::format("  primary key {}\n", list(table.primary_key));
  }
  auto uniques = table.uniques;
  std::sort(uniques.begin(), uniques.end());
  for (const auto& columns : uniques) out += fmt::format("  unique {}\n", list(columns));
  auto references = table.references;
  std::sort(references.begin(), references.end());
  for (const auto& reference : references) {
    out += fmt::format("  foreign key {} references {} {}\n", list(reference.columns),
                       reference.table, list(reference.to));
  }
  return out;
}

}  // namespace

std::string schema_text(const SchemaShape& shape) {
  std::string out;
  std::map<std::string, std::string> indexes;
  for (const auto& [name, table] : shape) {
    out += table_text(name, table);
    for (const auto& [index, what] : table.indexes) {
      indexes[index] = fmt::format("{}index {} on {} {}\n", what.unique ? "unique " : "", index,
                                   name, list(what.columns));
    }
  }
  for (const auto& [index, text] : indexes) out += text;
  return out;
}

}  // namespace b3iq::storage
