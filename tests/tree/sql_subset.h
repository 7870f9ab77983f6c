// The SQL of the tree, found by how it is written, and the rules of the subset that PostgreSQL,
// SQLite, CockroachDB and YugabyteDB share. The rules for people: docs/operating/postgresql.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace b3iq::tree {

struct SqlText {
  int line = 0;       // where the Statement or Migration begins
  std::string owner;  // "Statement kInsert", "Migration kSchema"
  std::string sql;    // empty: it is not written in place as a literal
};

// Every `Statement name{"…"}` and each text of `Migration name[] = {{1, "…", "…"}, …}` of a C++
// source.
std::vector<SqlText> sql_of(std::string_view source);

// What a text does that the four do not share, in words; empty when nothing.
std::vector<std::string> breaches_of(std::string_view sql);

}  // namespace b3iq::tree
