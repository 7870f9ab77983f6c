// The SQL of the tree, found by how it is written, and the rules of the subset that PostgreSQL,
// SQLite, CockroachDB and YugabyteDB share. The rules for people: docs/operating/postgresql.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace b3iq::tree {

struct SqlText {
  int line = 0;       // where the Statement or the text begins
  std::string owner;  // "Statement kInsert", "text"
  std::string sql;    // empty: it is not written in place as a literal
};

// Every `Statement name{…}` of a C++ source, and every other text there that begins as SQL does: of
// migrations, of statements that are put together. What a macro or a format puts between its pieces
// is left out.
std::vector<SqlText> sql_of(std::string_view source);

// What a text does that the four do not share, in words; empty when nothing.
std::vector<std::string> breaches_of(std::string_view sql);

}  // namespace b3iq::tree
