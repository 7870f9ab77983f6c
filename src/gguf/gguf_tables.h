// The numbers of the format: value types, tensor types, file types. Private to this module.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace b3iq::gguf {

enum class ValueType : std::uint8_t {
  u8,
  i8,
  u16,
  i16,
  u32,
  i32,
  f32,
  boolean,
  string,
  array,
  u64,
  i64,
  f64
};

// Bytes of one value; nothing for strings, arrays and numbers that are no type.
std::optional<std::uint64_t> value_bytes(std::uint32_t type);

struct TensorType {
  std::string_view name;
  std::uint64_t block_elements;
  std::uint64_t block_bytes;
};
std::optional<TensorType> tensor_type(std::uint32_t type);

// "Q4_K_M"; nothing for a number that is not known.
std::optional<std::string_view> file_type_name(std::uint32_t file_type);

}  // namespace b3iq::gguf
