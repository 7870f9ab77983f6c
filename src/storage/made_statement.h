// A statement whose text is made once, at its first use, and lives as long as the object.
#pragma once

#include <string>
#include <utility>

#include "storage/database.h"

namespace b3iq::storage {

class MadeStatement {
 public:
  explicit MadeStatement(std::string sql) : sql_(std::move(sql)) { statement_.sql = sql_; }
  MadeStatement(const MadeStatement&) = delete;
  MadeStatement& operator=(const MadeStatement&) = delete;
  const Statement& statement() const { return statement_; }

 private:
  const std::string sql_;
  Statement statement_;
};

}  // namespace b3iq::storage
