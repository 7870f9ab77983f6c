#include <algorithm>
#include <cctype>

#include "storage/schema_text.h"

namespace b3iq::storage {
namespace {

using base::Status;
using base::Task;

const Statement kColumns{
    "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,"
    " COALESCE(pg_get_expr(d.adbin, d.adrelid), '')"
    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
    " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
    " WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND a.attnum > 0"
    " AND NOT a.attisdropped AND c.relname <> 'schema_migrations' ORDER BY c.relname, a.attnum"};
// One row for each column of each key, in the key's order.
const Statement kKeys{
    "SELECT c.relname, k.conname, k.contype, a.attname,"
    " COALESCE(r.relname, ''), COALESCE(ra.attname, '')"
    " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
    " CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS u (number, place)"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number"
    " LEFT JOIN pg_class r ON r.oid = k.confrelid"
    " LEFT JOIN pg_attribute ra ON ra.attrelid = k.confrelid AND ra.attnum = k.confkey[u.place]"
    " WHERE k.contype IN ('p', 'u', 'f') AND c.relnamespace = current_schema()::regnamespace"
    " AND c.relname <> 'schema_migrations' ORDER BY c.relname, k.conname, u.place"};
const Statement kIndexes{
    "SELECT c.relname, i.relname, x.indisunique, a.attname"
    " FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid"
    " CROSS JOIN LATERAL unnest(x.indkey::smallint[]) WITH ORDINALITY AS u (number, place)"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number"
    " WHERE c.relnamespace = current_schema()::regnamespace"
    " AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.oid)"
    " ORDER BY c.relname, i.relname, u.place"};

std::string type_name(std::string_view type) {
  std::string upper(type);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (upper == "INTEGER") return "BIGINT";  // as SQLite's INTEGER is
  return upper;
}

// 'x'::text is 'x' for SQLite.
std::string default_text(std::string_view expression) {
  const auto cast = expression.rfind("::");
  if (expression.starts_with('\'') && cast != expression.npos) {
    return std::string(expression.substr(0, cast));
  }
  return std::string(expression);
}

Task<Status> read_columns(Transaction& t, SchemaShape& shape) {
  auto keep = [&shape](const Row& row) {
    shape[std::string(row.text(0))].columns.push_back({std::string(row.text(1)),
                                                       type_name(row.text(2)), row.integer(3) != 0,
                                                       default_text(row.text(4))});
    return true;
  };
  co_return co_await t.query(kColumns, {}, keep);
}

Task<Status> read_keys(Transaction& t, SchemaShape& shape) {
  std::string last;
  auto keep = [&](const Row& row) {
    TableShape& table = shape[std::string(row.text(0))];
    const std::string name = std::string(row.text(0)) + "." + std::string(row.text(1));
    const bool is_new = name != last;
    last = name;
    const std::string column(row.text(3));
    if (row.text(2) == "p") {
      table.primary_key.push_back(column);
    } else if (row.text(2) == "u") {
      if (is_new) table.uniques.emplace_back();
      table.uniques.back().push_back(column);
    } else {
      if (is_new) table.references.push_back({{}, std::string(row.text(4)), {}});
      table.references.back().columns.push_back(column);
      table.references.back().to.emplace_back(row.text(5));
    }
    return true;
  };
  co_return co_await t.query(kKeys, {}, keep);
}

Task<Status> read_indexes(Transaction& t, SchemaShape& shape) {
  auto keep = [&shape](const Row& row) {
    auto& index = shape[std::string(row.text(0))].indexes[std::string(row.text(1))];
    index.unique = row.integer(2) != 0;
    index.columns.emplace_back(row.text(3));
    return true;
  };
  co_return co_await t.query(kIndexes, {}, keep);
}

}  // namespace

base::Result<std::string> postgres_schema_text(Database& database) {
  SchemaShape shape;
  TRY_OK(database.read_blocking([&shape](Transaction& t) -> Task<Status> {
    shape.clear();
    CO_TRY_OK(co_await read_columns(t, shape));
    CO_TRY_OK(co_await read_keys(t, shape));
    co_return co_await read_indexes(t, shape);
  }));
  return schema_text(shape);
}

}  // namespace b3iq::storage
