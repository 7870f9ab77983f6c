// A schema as text that can be compared: with a golden file, and between the two drivers. Names in
// order of the alphabet, columns in their own:
//
//   table items
//     id BIGINT not null
//     name TEXT not null default 'x'
//     primary key (id)
//     unique (name)
//     foreign key (owner) references owners (id)
//   index items_by_name on items (name)
//   unique index items_by_code on items (code)
//
// Byte strings are BYTEA on both, whole numbers BIGINT. What it does not know (checks, conditions
// of partial indexes) it leaves out. `schema_migrations` is left out as well.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/database.h"

namespace b3iq::storage {

struct TableShape {
  struct Column {
    std::string name;
    std::string type;
    bool not_null = false;
    std::string default_value;  // SQL; empty: none
  };
  struct Reference {
    std::vector<std::string> columns;
    std::string table;
    std::vector<std::string> to;
    bool operator<(const Reference& other) const {
      return std::tie(columns, table, to) < std::tie(other.columns, other.table, other.to);
    }
  };
  struct Index {
    bool unique = false;
    std::vector<std::string> columns;
  };
  std::vector<Column> columns;
  std::vector<std::string> primary_key;
  std::vector<std::vector<std::string>> uniques;
  std::vector<Reference> references;
  std::map<std::string, Index> indexes;  // by name; those that stand for a key are left out
};
using SchemaShape = std::map<std::string, TableShape>;

// The text of a shape.
std::string schema_text(const SchemaShape& shape);

// Blocks. Each asks a database of its own driver. Errors: those of read().
base::Result<std::string> sqlite_schema_text(Database& database);
base::Result<std::string> postgres_schema_text(Database& database);

}  // namespace b3iq::storage
