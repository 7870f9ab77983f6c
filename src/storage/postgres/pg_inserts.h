// INSERTs of one row, and their texts for several: a call costs a server more than a row does.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "storage/made_statement.h"

namespace b3iq::storage {

class PgInserts {
 public:
  // Of so many rows that are left, those of the next call; and the calls that all of them take. Few
  // sizes, so that few statements are prepared.
  static std::size_t rows_of_call(std::size_t rows, std::size_t columns);
  static std::size_t calls(std::size_t rows, std::size_t columns);

  // `statement` for `rows` rows. What it points to lives as long as this. Error: internal (the text
  // has no "VALUES ($1, …, $columns)").
  base::Result<const Statement*> of(const Statement& statement, std::size_t rows,
                                    std::size_t columns);

 private:
  struct Made {
    std::string one;  // the text that it was made of
    std::unique_ptr<MadeStatement> many;
  };
  std::map<std::pair<const Statement*, std::size_t>, Made> made_;
};

}  // namespace b3iq::storage
