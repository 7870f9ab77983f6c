#include <algorithm>
#include <cctype>

#include "storage/schema_text.h"

namespace b3iq::storage {
namespace {

using base::Status;
using base::Task;

const Statement kColumns{
    "SELECT m.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk"
    " FROM sqlite_schema m JOIN pragma_table_info(m.name) c"
    " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'schema_migrations'"
    " ORDER BY m.name, c.cid"};
const Statement kIndexes{
    "SELECT m.name, l.name, l.\"unique\", l.origin, i.name"
    " FROM sqlite_schema m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i"
    " WHERE m.type = 'table' AND m.name <> 'schema_migrations' ORDER BY m.name, l.name, i.seqno"};
const Statement kReferences{
    "SELECT m.name, f.id, f.seq, f.\"from\", f.\"table\", f.\"to\""
    " FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f"
    " WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq"};

std::string type_name(std::string_view declared) {
  std::string upper(declared);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (upper == "BLOB") return "BYTEA";
  if (upper == "INTEGER" || upper == "INT") return "BIGINT";
  return upper;
}

Task<Status> read_columns(Transaction& t, SchemaShape& shape) {
  std::map<std::string, std::map<std::int64_t, std::string>> keys;
  auto keep = [&](const Row& row) {
    const std::string table(row.text(0)), column(row.text(1));
    // SQLite lets the columns of a primary key be null unless told; on the server they are not.
    const bool is_key = row.integer(5) > 0;
    shape[table].columns.push_back(
        {column, type_name(row.text(2)), is_key || row.integer(3) != 0, std::string(row.text(4))});
    if (is_key) keys[table][row.integer(5)] = column;
    return true;
  };
  CO_TRY_OK(co_await t.query(kColumns, {}, keep));
  for (const auto& [table, columns] : keys) {
    for (const auto& [place, name] : columns) shape[table].primary_key.push_back(name);
  }
  co_return Status();
}

Task<Status> read_indexes(Transaction& t, SchemaShape& shape) {
  std::map<std::string, std::map<std::string, std::vector<std::string>>> uniques;
  auto keep = [&](const Row& row) {
    const std::string table(row.text(0)), name(row.text(1)), column(row.text(4));
    if (row.text(3) == "u") {
      uniques[table][name].push_back(column);
    } else if (row.text(3) == "c") {
      auto& index = shape[table].indexes[name];
      index.unique = row.integer(2) != 0;
      index.columns.push_back(column);
    }
    return true;
  };
  CO_TRY_OK(co_await t.query(kIndexes, {}, keep));
  for (const auto& [table, named] : uniques) {
    for (const auto& [name, columns] : named) shape[table].uniques.push_back(columns);
  }
  co_return Status();
}

Task<Status> read_references(Transaction& t, SchemaShape& shape) {
  auto keep = [&](const Row& row) {
    auto& references = shape[std::string(row.text(0))].references;
    if (row.integer(2) == 0) references.push_back({{}, std::string(row.text(4)), {}});
    references.back().columns.emplace_back(row.text(3));
    references.back().to.emplace_back(row.text(5));
    return true;
  };
  CO_TRY_OK(co_await t.query(kReferences, {}, keep));
  // `REFERENCES owners` without a column means its primary key.
  for (auto& [name, table] : shape) {
    for (auto& reference : table.references) {
      if (reference.to.front().empty()) reference.to = shape[reference.table].primary_key;
    }
  }
  co_return Status();
}

}  // namespace

base::Result<std::string> sqlite_schema_text(Database& database) {
  SchemaShape shape;
  TRY_OK(database.read_blocking([&shape](Transaction& t) -> Task<Status> {
    shape.clear();
    CO_TRY_OK(co_await read_columns(t, shape));
    CO_TRY_OK(co_await read_indexes(t, shape));
    co_return co_await read_references(t, shape);
  }));
  return schema_text(shape);
}

}  // namespace b3iq::storage
