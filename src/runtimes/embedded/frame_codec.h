// How the members of a frame become bytes and come back. Both halves have the same calls, so that
// one list of a frame's members (frame_fields.h) serves both. Private to worker_frame.cc.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace b3iq::runtimes {

static_assert(std::endian::native == std::endian::little,
              "lists of numbers go as they lie in memory");

// Appends members to a payload.
class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}

  template <class T>
    requires std::is_integral_v<T>
  void operator()(const T& value) {
    auto bits = static_cast<std::make_unsigned_t<T>>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i)
      out_.push_back(static_cast<char>((bits >> (8 * i)) & 0xff));
  }
  void operator()(const bool& value) { out_.push_back(value ? 1 : 0); }
  void operator()(const double& value) { (*this)(std::bit_cast<std::uint64_t>(value)); }
  void operator()(const std::string& text) {
    (*this)(static_cast<std::uint32_t>(text.size()));
    out_.append(text);
  }
  template <class E>
  void choice(const E& value, E) {
    out_.push_back(static_cast<char>(value));
  }
  void bounded(const int& value, int) { (*this)(value); }
  template <class T, class Each>
  void list(const std::vector<T>& items, std::size_t, Each each) {
    (*this)(static_cast<std::uint32_t>(items.size()));
    for (const T& item : items) each(const_cast<T&>(item));
  }
  // Numbers as they lie in memory.
  template <class T>
  void numbers(const std::vector<T>& items) {
    (*this)(static_cast<std::uint32_t>(items.size()));
    out_.append(reinterpret_cast<const char*>(items.data()), items.size() * sizeof(T));
  }
  template <class T>
  void option(const std::optional<T>& value) {
    (*this)(value.has_value());
    if (value) (*this)(*value);
  }

 private:
  std::string& out_;
};

// Takes members off a payload that is not trusted. After a failure ok() is false and values mean
// nothing.
class Decoder {
 public:
  explicit Decoder(std::string_view in) : in_(in) {}
  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }

  template <class T>
    requires std::is_integral_v<T>
  void operator()(T& value) {
    if (!need(sizeof(T))) return;
    std::make_unsigned_t<T> bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      bits |= static_cast<std::make_unsigned_t<T>>(
          static_cast<std::make_unsigned_t<T>>(static_cast<unsigned char>(in_[i])) << (8 * i));
    }
    value = static_cast<T>(bits);
    in_.remove_prefix(sizeof(T));
  }
  void operator()(bool& value) {
    std::uint8_t byte = 0;
    (*this)(byte);
    if (byte > 1) ok_ = false;
    value = byte == 1;
  }
  void operator()(double& value) {
    std::uint64_t bits = 0;
    (*this)(bits);
    value = std::bit_cast<double>(bits);
  }
  void operator()(std::string& text) {
    std::uint32_t size = 0;
    (*this)(size);
    if (!need(size)) return;
    text.assign(in_.substr(0, size));
    in_.remove_prefix(size);
  }
  template <class E>
  void choice(E& value, E last) {
    std::uint8_t byte = 0;
    (*this)(byte);
    if (byte > static_cast<std::uint8_t>(last)) {
      ok_ = false;
      return;
    }
    value = static_cast<E>(byte);
  }
  // 0 to below `end`.
  void bounded(int& value, int end) {
    (*this)(value);
    if (value < 0 || value >= end) ok_ = false;
  }
  template <class T, class Each>
  void list(std::vector<T>& items, std::size_t limit, Each each) {
    std::uint32_t count = 0;
    (*this)(count);
    if (count > limit || !need(count)) {
      ok_ = false;
      return;
    }
    for (std::uint32_t i = 0; i < count && ok_; ++i) each(items.emplace_back());
  }
  template <class T>
  void numbers(std::vector<T>& items) {
    std::uint32_t count = 0;
    (*this)(count);
    if (in_.size() / sizeof(T) < count) ok_ = false;
    if (!ok_) return;
    items.resize(count);
    in_.copy(reinterpret_cast<char*>(items.data()), count * sizeof(T));
    in_.remove_prefix(count * sizeof(T));
  }
  template <class T>
  void option(std::optional<T>& value) {
    bool present = false;
    (*this)(present);
    if (present) (*this)(value.emplace());
  }

 private:
  bool need(std::size_t size) {
    if (in_.size() < size) ok_ = false;
    return ok_;
  }
  std::string_view in_;
  bool ok_ = true;
};

}  // namespace b3iq::runtimes
