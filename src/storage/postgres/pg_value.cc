#include "storage/postgres/pg_value.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

namespace b3iq::storage {
namespace {

using base::Error;
using base::ErrorCode;

// Object identifiers of the built-in types; fixed for ever (pg_type.dat).
constexpr Oid kBool = 16;
constexpr Oid kBytea = 17;
constexpr Oid kChar = 18;
constexpr Oid kName = 19;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;
constexpr Oid kOid = 26;
constexpr Oid kFloat4 = 700;
constexpr Oid kFloat8 = 701;
constexpr Oid kUnknown = 705;
constexpr Oid kBpchar = 1042;
constexpr Oid kVarchar = 1043;
constexpr Oid kNumeric = 1700;

constexpr int kTextFormat = 0;
constexpr int kBinaryFormat = 1;

std::uint64_t big_endian(base::ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

// NUMERIC on the wire: digits of base 10,000 with the weight of the first one.
struct Numeric {
  int count, weight, sign;
  base::ByteView digits;

  static std::optional<Numeric> read(base::ByteView bytes) {
    if (bytes.size() < 8) return std::nullopt;
    const auto word = [&](std::size_t at) {
      return static_cast<std::int16_t>(big_endian(bytes.subspan(at, 2)));
    };
    const Numeric n{word(0), word(2), static_cast<std::uint16_t>(word(4)), bytes.subspan(8)};
    const bool plain = n.sign == 0 || n.sign == 0x4000;  // else not a number, or infinite
    if (!plain || n.count < 0 || n.digits.size() != static_cast<std::size_t>(n.count) * 2)
      return std::nullopt;
    return n;
  }
  int digit(int i) const {
    return i < count
               ? static_cast<int>(big_endian(digits.subspan(static_cast<std::size_t>(i) * 2, 2)))
               : 0;
  }
  double real() const {
    double value = 0;
    for (int i = 0; i < count; ++i) value += digit(i) * std::pow(10'000.0, weight - i);
    return sign != 0 ? -value : value;
  }
  // Nothing when it has a fraction or does not fit.
  std::optional<std::int64_t> integer() const {
    std::int64_t value = 0;
    for (int i = weight + 1; i < count; ++i) {
      if (i >= 0 && digit(i) != 0) return std::nullopt;
    }
    for (int i = 0; i <= weight; ++i) {
      const std::int64_t d = sign != 0 ? -digit(i) : digit(i);
      if (__builtin_mul_overflow(value, 10'000, &value) || __builtin_add_overflow(value, d, &value))
        return std::nullopt;
    }
    return value;
  }
};

// Skips what is quoted or a comment, beginning at `at`; returns where it ends, or `at`.
std::size_t skip_quoted(std::string_view sql, std::size_t at) {
  const auto past = [&](std::string_view end, std::size_t from) {
    const auto found = sql.find(end, from);
    return found == sql.npos ? sql.size() : found + end.size();
  };
  const std::string_view rest = sql.substr(at);
  if (rest.starts_with('\'')) return past("'", at + 1);
  if (rest.starts_with('"')) return past("\"", at + 1);
  if (rest.starts_with("--")) return past("\n", at + 2);
  if (rest.starts_with("/*")) return past("*/", at + 2);
  return at;
}

}  // namespace

void PgParameters::assign(std::span<const Value> values) {
  pointers_.assign(values.size(), nullptr);
  lengths_.assign(values.size(), 0);
  formats_.assign(values.size(), kBinaryFormat);
  if (numbers_.size() < values.size()) numbers_.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto& number = numbers_[i];
    const auto put_number = [&](auto value) {
      *std::to_chars(number.data(), number.data() + number.size() - 1, value).ptr = '\0';
      pointers_[i] = number.data();
      formats_[i] = kTextFormat;
    };
    if (const auto* integer = std::get_if<std::int64_t>(&values[i])) {
      put_number(*integer);
    } else if (const auto* real = std::get_if<double>(&values[i])) {
      put_number(*real);
    } else if (const auto* text = std::get_if<std::string_view>(&values[i])) {
      pointers_[i] = text->data() != nullptr ? text->data() : "";
      lengths_[i] = static_cast<int>(text->size());
    } else if (const auto* bytes = std::get_if<base::ByteView>(&values[i])) {
      pointers_[i] = bytes->data() != nullptr ? reinterpret_cast<const char*>(bytes->data()) : "";
      lengths_[i] = static_cast<int>(bytes->size());
    }
  }
}

base::Result<std::size_t> count_parameters(std::string_view sql) {
  std::set<std::size_t> used;
  for (std::size_t at = 0; at < sql.size();) {
    if (const std::size_t past = skip_quoted(sql, at); past != at) {
      at = past;
      continue;
    }
    if (sql[at++] != '$') continue;
    std::size_t number = 0;
    const auto [end, bad] = std::from_chars(sql.data() + at, sql.data() + sql.size(), number);
    if (bad != std::errc() || number < 1 || number > kMaxParameters) {
      return Error(ErrorCode::internal,
                   fmt::format("a parameter is not one of $1…${}: {}", kMaxParameters, sql));
    }
    used.insert(number);
    at = static_cast<std::size_t>(end - sql.data());
  }
  if (!used.empty() && *used.rbegin() != used.size()) {
    return Error(ErrorCode::internal, fmt::format("the parameters leave a gap: {}", sql));
  }
  return used.size();
}

bool PgRow::exists(int column) const {
  if (column >= 0 && column < PQnfields(result_)) return true;
  mistake(column);
  return false;
}

void PgRow::mistake(int column) const {
  if (mistaken_ < 0) mistaken_ = column;
}

base::ByteView PgRow::bytes(int column) const {
  return {reinterpret_cast<const std::uint8_t*>(PQgetvalue(result_, row_, column)),
          static_cast<std::size_t>(PQgetlength(result_, row_, column))};
}

bool PgRow::is_null(int column) const {
  return !exists(column) || PQgetisnull(result_, row_, column) != 0;
}

std::int64_t PgRow::integer(int column) const {
  if (is_null(column)) return 0;
  const base::ByteView raw = bytes(column);
  switch (PQftype(result_, column)) {
    case kInt8:
    case kOid:
    case kBool:
      return static_cast<std::int64_t>(big_endian(raw));
    case kInt4:
      return static_cast<std::int32_t>(big_endian(raw));
    case kInt2:
      return static_cast<std::int16_t>(big_endian(raw));
    case kNumeric: {
      const auto numeric = Numeric::read(raw);
      const auto value = numeric ? numeric->integer() : std::nullopt;
      if (value) return *value;
      break;
    }
    default:
      break;
  }
  mistake(column);
  return 0;
}

double PgRow::real(int column) const {
  if (is_null(column)) return 0;
  const base::ByteView raw = bytes(column);
  switch (PQftype(result_, column)) {
    case kFloat8:
      return std::bit_cast<double>(big_endian(raw));
    case kFloat4:
      return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(big_endian(raw))));
    case kNumeric:
      if (const auto numeric = Numeric::read(raw)) return numeric->real();
      break;
    case kInt8:
    case kInt4:
    case kInt2:
      return static_cast<double>(integer(column));
    default:
      break;
  }
  mistake(column);
  return 0;
}

std::string_view PgRow::text(int column) const {
  if (is_null(column)) return {};
  switch (PQftype(result_, column)) {
    case kText:
    case kVarchar:
    case kBpchar:
    case kName:
    case kChar:
    case kUnknown:
      return base::as_text(bytes(column));
    default:
      mistake(column);
      return {};
  }
}

base::ByteView PgRow::blob(int column) const {
  if (is_null(column)) return {};
  if (PQftype(result_, column) == kBytea) return bytes(column);
  mistake(column);
  return {};
}

}  // namespace b3iq::storage
