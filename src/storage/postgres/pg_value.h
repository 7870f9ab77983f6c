// Values to the server and rows from it. Texts and byte strings travel as they are (binary format);
// numbers go out as text, so that the server takes them for whatever number type it expects, and
// come back binary.
#pragma once

#include <libpq-fe.h>

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "storage/database.h"

namespace b3iq::storage {

struct PgResultDelete {
  void operator()(PGresult* result) const { PQclear(result); }
};
using PgResult = std::unique_ptr<PGresult, PgResultDelete>;

// The parameters of one call in libpq's form. Used again for each call; views live as long as the
// values.
class PgParameters {
 public:
  void assign(std::span<const Value> values);
  int count() const { return static_cast<int>(pointers_.size()); }
  const char* const* pointers() const { return pointers_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  std::vector<const char*> pointers_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
  std::vector<std::array<char, 32>> numbers_;
};

inline constexpr std::size_t kMaxParameters = 999;  // of one call

// How many parameters `sql` takes: $1 to $n without a gap. Error: internal.
base::Result<std::size_t> count_parameters(std::string_view sql);

// One row of a binary result. A column read as a type that it is not gives zero or nothing, and is
// remembered.
class PgRow final : public Row {
 public:
  explicit PgRow(const PGresult* result) : result_(result) {}
  void move_to(int row) { row_ = row; }
  // The first column that was read as what it is not, or -1.
  int mistaken_column() const { return mistaken_; }

  bool is_null(int column) const override;
  std::int64_t integer(int column) const override;
  double real(int column) const override;
  std::string_view text(int column) const override;
  base::ByteView blob(int column) const override;

 private:
  base::ByteView bytes(int column) const;
  bool exists(int column) const;
  void mistake(int column) const;

  const PGresult* result_;
  int row_ = 0;
  mutable int mistaken_ = -1;
};

}  // namespace b3iq::storage
