#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "gguf/gguf.h"
#include "gguf/gguf_bytes.h"
#include "gguf/gguf_cursor.h"
#include "gguf/gguf_facts.h"
#include "gguf/gguf_tables.h"

namespace b3iq::gguf {
namespace {

using base::Result;
using base::Status;

constexpr std::uint32_t kMagic = 0x46554747;  // "GGUF"
constexpr std::uint32_t kOldestVersion = 2;
constexpr std::uint32_t kNewestVersion = 3;
constexpr std::uint64_t kDefaultAlignment = 32;
constexpr std::size_t kMaxUnknownTypesTold = 8;

// For errors: a key or name that is not printable is not repeated.
std::string quoted(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "'…'";
  }
  return "'" + std::string(text.substr(0, 80)) + "'";
}

class Reader {
 public:
  Reader(ByteSource& source, std::optional<std::uint64_t> file_bytes, const Limits& limits)
      : cursor_(source, limits), file_bytes_(file_bytes) {}

  Result<Facts> read() {
    TRY_OK(read_head());
    for (std::uint64_t i = 0; i < pair_count_; ++i) TRY_OK(read_pair());
    TRY_OK(take_pairs(kept_, facts_));
    TRY_OK(find_alignment());
    for (std::uint64_t i = 0; i < facts_.tensors; ++i) TRY_OK(read_tensor());
    TRY_OK(find_data());
    return std::move(facts_);
  }

 private:
  Status read_head() {
    TRY(const auto magic, cursor_.number<std::uint32_t>());
    if (magic != kMagic) return Cursor::broken_at(0, "it is not a GGUF file");
    TRY(facts_.version, cursor_.number<std::uint32_t>());
    if ((facts_.version & 0xffffU) == 0)
      return Cursor::broken_at(4, "it is made for machines of the other byte order");
    if (facts_.version < kOldestVersion || facts_.version > kNewestVersion) {
      return Cursor::broken_at(4, "it is of GGUF version " + std::to_string(facts_.version) +
                                      "; versions 2 and 3 can be read");
    }
    TRY(facts_.tensors, cursor_.number<std::uint64_t>());
    if (facts_.tensors > kMaxTensors)
      return Cursor::broken_at(8, "it claims " + std::to_string(facts_.tensors) + " tensors");
    TRY(pair_count_, cursor_.number<std::uint64_t>());
    if (pair_count_ > kMaxPairs)
      return Cursor::broken_at(16, "it claims " + std::to_string(pair_count_) + " metadata pairs");
    return {};
  }

  Status read_pair() {
    const std::uint64_t begin = cursor_.offset();
    TRY(auto key, cursor_.text("A metadata key", kMaxKeyBytes));
    if (key.empty() || !base::valid_utf8(key))
      return Cursor::broken_at(begin, "a metadata key is empty or not UTF-8");
    TRY(const auto type, cursor_.number<std::uint32_t>());
    KeptValue value;
    value.offset = cursor_.offset();
    const bool wanted = is_wanted(key);
    TRY_OK(read_value(key, type, wanted, value));
    if (!keys_.insert(key).second)
      return Cursor::broken_at(begin, "the metadata key " + quoted(key) + " stands twice");
    if (wanted) kept_.emplace(std::move(key), std::move(value));
    return {};
  }

  Status read_value(const std::string& key, std::uint32_t type, bool wanted, KeptValue& value) {
    if (type == static_cast<std::uint32_t>(ValueType::array))
      return read_array(key, wanted, 1, value);
    if (type == static_cast<std::uint32_t>(ValueType::string)) return read_text(key, wanted, value);
    return read_scalar(key, type, value);
  }

  Status read_text(const std::string& key, bool wanted, KeptValue& value) {
    const std::uint64_t begin = cursor_.offset();
    if (!wanted || key == "tokenizer.chat_template") {
      TRY(const std::uint64_t length, cursor_.skip_text(quoted(key)));
      value.items = length;
      return {};
    }
    TRY(const auto length, cursor_.number<std::uint64_t>());
    if (length > kMaxStringBytes)
      return cursor_.broken(quoted(key) + " has a string of " + std::to_string(length) + " bytes");
    if (length > kMaxKeptTextBytes) return cursor_.skip(length);
    std::string text;
    TRY(text, cursor_.text_of_length(quoted(key), length));
    if (!base::valid_utf8(text))
      return Cursor::broken_at(begin, "the value of " + quoted(key) + " is not UTF-8");
    value.text = std::move(text);
    return {};
  }

  Status read_scalar(const std::string& key, std::uint32_t type, KeptValue& value) {
    const auto bytes = value_bytes(type);
    if (!bytes) {
      return cursor_.broken(quoted(key) + " has a value of type " + std::to_string(type) +
                            ", which there is not");
    }
    TRY(const auto raw, read_raw(*bytes));
    if (type == static_cast<std::uint32_t>(ValueType::boolean)) {
      value.flag = raw != 0;
    } else {
      value.number = whole(type, raw, *bytes);
    }
    return {};
  }

  Result<std::uint64_t> read_raw(std::uint64_t bytes) {
    std::uint64_t raw = 0;
    for (std::uint64_t i = 0; i < bytes; ++i) {
      TRY(const auto byte, cursor_.number<std::uint8_t>());
      raw |= std::uint64_t{byte} << (8 * i);
    }
    return raw;
  }

  // Of the integer types, when not negative.
  static std::optional<std::uint64_t> whole(std::uint32_t type, std::uint64_t raw,
                                            std::uint64_t bytes) {
    switch (static_cast<ValueType>(type)) {
      case ValueType::u8:
      case ValueType::u16:
      case ValueType::u32:
      case ValueType::u64:
        return raw;
      case ValueType::i8:
      case ValueType::i16:
      case ValueType::i32:
      case ValueType::i64:
        if (raw >> (8 * bytes - 1) != 0) return std::nullopt;
        return raw;
      case ValueType::f32:
      case ValueType::f64:
      case ValueType::boolean:
      case ValueType::string:
      case ValueType::array:
        return std::nullopt;
    }
    return std::nullopt;
  }

  Status read_array(const std::string& key, bool wanted, int depth, KeptValue& value) {
    if (depth > kMaxArrayDepth)
      return cursor_.broken(quoted(key) + " has lists inside each other more than " +
                            std::to_string(kMaxArrayDepth) + " deep");
    TRY(const auto type, cursor_.number<std::uint32_t>());
    TRY(const auto count, cursor_.number<std::uint64_t>());
    if (count > kMaxArrayItems)
      return cursor_.broken(quoted(key) + " is a list of " + std::to_string(count) + " values");
    if (depth == 1) value.items = count;
    if (type == static_cast<std::uint32_t>(ValueType::array)) {
      for (std::uint64_t i = 0; i < count; ++i) TRY_OK(read_array(key, false, depth + 1, value));
      return {};
    }
    if (type == static_cast<std::uint32_t>(ValueType::string)) {
      for (std::uint64_t i = 0; i < count; ++i) TRY_OK(drop(cursor_.skip_text(key)));
      return {};
    }
    const auto bytes = value_bytes(type);
    if (!bytes) {
      return cursor_.broken(quoted(key) + " is a list of type " + std::to_string(type) +
                            ", which there is not");
    }
    if (!wanted || depth > 1 || count > kMaxKeptNumbers) return cursor_.skip(count * *bytes);
    for (std::uint64_t i = 0; i < count; ++i) {
      TRY(const auto raw, read_raw(*bytes));
      if (const auto number = whole(type, raw, *bytes)) value.numbers.push_back(*number);
    }
    return {};
  }

  static Status drop(const Result<std::uint64_t>& result) {
    return result.ok() ? Status() : Status(result.error());
  }

  Status find_alignment() {
    const auto found = kept_.find("general.alignment");
    if (found == kept_.end()) return {};
    const std::uint64_t alignment = found->second.number.value_or(0);
    if (alignment == 0 || alignment > kMaxAlignment || (alignment & (alignment - 1)) != 0)
      return Cursor::broken_at(found->second.offset, "its alignment is no power of two");
    alignment_ = alignment;
    return {};
  }

  Status read_tensor() {
    const std::uint64_t begin = cursor_.offset();
    TRY(auto name, cursor_.text("A tensor's name", kMaxTensorNameBytes));
    if (!base::valid_utf8(name)) return Cursor::broken_at(begin, "a tensor's name is not UTF-8");
    TRY(const auto elements, read_elements(name));
    TRY(const auto type, cursor_.number<std::uint32_t>());
    TRY(const auto offset, cursor_.number<std::uint64_t>());
    if (offset % alignment_ != 0)
      return Cursor::broken_at(begin, "the tensor " + quoted(name) + " is not aligned");
    TRY_OK(count_tensor(begin, name, elements, type, offset));
    if (!tensor_names_.insert(std::move(name)).second)
      return Cursor::broken_at(begin, "a tensor's name stands twice");
    return {};
  }

  struct Elements {
    std::uint64_t all = 1;
    std::uint64_t row = 1;
  };
  Result<Elements> read_elements(const std::string& name) {
    TRY(const auto dimensions, cursor_.number<std::uint32_t>());
    if (dimensions > kMaxDimensions) {
      return cursor_.broken("the tensor " + quoted(name) + " has " + std::to_string(dimensions) +
                            " dimensions");
    }
    Elements elements;
    for (std::uint32_t i = 0; i < dimensions; ++i) {
      TRY(const auto size, cursor_.number<std::uint64_t>());
      if (size > kMaxDimension || __builtin_mul_overflow(elements.all, size, &elements.all) ||
          elements.all > kMaxElements)
        return cursor_.broken("the tensor " + quoted(name) + " is larger than any can be");
      if (i == 0) elements.row = size;
    }
    return elements;
  }

  Status count_tensor(std::uint64_t begin, const std::string& name, const Elements& elements,
                      std::uint32_t type, std::uint64_t offset) {
    if (__builtin_add_overflow(facts_.parameters, elements.all, &facts_.parameters))
      return Cursor::broken_at(begin, "its tensors are larger than any can be");
    const auto known = tensor_type(type);
    if (!known) {
      all_types_known_ = false;
      auto& told = facts_.unknown_tensor_types;
      if (told.size() < kMaxUnknownTypesTold &&
          std::find(told.begin(), told.end(), type) == told.end())
        told.push_back(type);
      return {};
    }
    if (elements.row % known->block_elements != 0) {
      return Cursor::broken_at(begin, "the tensor " + quoted(name) + " has rows of " +
                                          std::to_string(elements.row) + " values, which " +
                                          std::string(known->name) + " cannot have");
    }
    // At most kMaxElements × 8.
    const std::uint64_t bytes = elements.all / known->block_elements * known->block_bytes;
    std::uint64_t end = 0;
    if (__builtin_add_overflow(tensor_bytes_, bytes, &tensor_bytes_) ||
        __builtin_add_overflow(offset, bytes, &end))
      return Cursor::broken_at(begin, "its tensors are larger than any can be");
    if (end > data_end_) {
      data_end_ = end;
      last_tensor_ = name;
    }
    return {};
  }

  Status find_data() {
    const std::uint64_t here = cursor_.offset();
    facts_.data_offset = (here + alignment_ - 1) / alignment_ * alignment_;
    if (all_types_known_) facts_.tensor_bytes = tensor_bytes_;
    std::uint64_t end = 0;
    if (__builtin_add_overflow(facts_.data_offset, data_end_, &end))
      return Cursor::broken_at(here, "its tensors are larger than any can be");
    if (facts_.tensors > 0 && file_bytes_ && end > *file_bytes_) {
      return Cursor::broken_at(
          *file_bytes_, "it ends here, but the tensor " + quoted(last_tensor_) + " goes to byte " +
                            std::to_string(end) + "; perhaps its download was cut");
    }
    return {};
  }

  static constexpr std::uint64_t kMaxElements = std::uint64_t{1} << 56;

  Cursor cursor_;
  std::optional<std::uint64_t> file_bytes_;
  std::uint64_t pair_count_ = 0;
  std::uint64_t alignment_ = kDefaultAlignment;
  std::uint64_t tensor_bytes_ = 0;
  std::uint64_t data_end_ = 0;  // from data_offset on
  std::string last_tensor_;
  bool all_types_known_ = true;
  std::set<std::string> keys_;
  std::set<std::string> tensor_names_;
  KeptPairs kept_;
  Facts facts_;
};

}  // namespace

Result<Facts> read_bytes(base::ByteView bytes, std::optional<std::uint64_t> file_bytes,
                         const Limits& limits) {
  MemorySource source(bytes);
  return std::make_unique<Reader>(source, file_bytes, limits)->read();
}

Result<Facts> read_file(const std::string& path, const Limits& limits) {
  TRY(auto source, FileSource::open(path));
  return std::make_unique<Reader>(source, source.size(), limits)->read();
}

}  // namespace b3iq::gguf
