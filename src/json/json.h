// Strict, bounded JSON: parse, read, write, canonical form (RFC 8785).
//
// Refused at parse: anything after the value, duplicate member names, invalid UTF-8, lone
// surrogates, NaN and infinity, numbers outside double's range, depth and size past the limits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace b3iq::json {

struct Limits {
  std::size_t max_bytes = 8 * 1024 * 1024;
  int max_depth = 64;
};

enum class Kind : std::uint8_t { null, boolean, integer, real, string, array, object };
std::string_view kind_name(Kind kind);

// A read-only handle on a value of a Document (which must outlive it). Two words; copy it. A
// default Value is absent.
class Value {
 public:
  Value() = default;
  explicit Value(const void* node) : node_(node) {}
  explicit operator bool() const { return node_ != nullptr; }  // present (may be JSON null)
  Kind kind() const;                                           // absent counts as null
  bool is_null() const { return kind() == Kind::null; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_object() const { return kind() == Kind::object; }
  bool is_array() const { return kind() == Kind::array; }
  bool is_number() const { return kind() == Kind::integer || kind() == Kind::real; }

  // Each returns nullopt for another kind.
  std::optional<bool> boolean() const;
  std::optional<std::int64_t> integer()
      const;                             // integers in the int64 range only; 1.0 is not an integer
  std::optional<double> number() const;  // integer or real
  std::optional<std::string_view> string() const;

  std::size_t size() const;                 // elements or members; 0 for other kinds
  Value at(std::size_t index) const;        // element of an array; absent past the end
  Value find(std::string_view name) const;  // member of an object; absent when there is none
  struct Member;
  Member member(std::size_t index) const;  // in the order they came

  // The value's JSON text, compact. Not canonical; never sign it.
  std::string to_text() const;

  const void* raw_node() const { return node_; }  // for this module's own files

 private:
  const void* node_ = nullptr;
};

struct Value::Member {
  std::string_view name;
  Value value;
};

// Owns a parsed value and its arena. Moves leave handles valid.
class Document {
 public:
  // Errors: invalid_json with the place (line and column in a text of several lines, else the
  // byte) and the reason; payload_too_large past max_bytes.
  static base::Result<Document> parse(std::string_view text, const Limits& limits = {});
  // The same, for a text that outlives the document: strings without an escape stay where they are
  // in `text` and are not copied.
  static base::Result<Document> parse_in_place(std::string_view text, const Limits& limits = {});
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();
  Value root() const;

 private:
  struct Impl;
  explicit Document(std::unique_ptr<Impl> impl);
  static base::Result<Document> parse(std::string_view text, const Limits& limits,
                                      bool copies_strings);
  std::unique_ptr<Impl> impl_;
};

// Appends JSON text to a string it does not own. Commas are its business; balance is the caller's
// (checked in debug).
//   Writer w(out); w.begin_object(); w.member("id", "x"); w.key("list"); w.begin_array();
//   w.value(1); w.end_array(); w.end_object();
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  void begin_object();
  void end_object();
  void begin_array();
  void end_array();
  void key(std::string_view name);
  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool flag);
  void value(std::int64_t number);
  void value(int number) { value(static_cast<std::int64_t>(number)); }
  void value(unsigned number) { value(static_cast<std::uint64_t>(number)); }
  void value(std::uint64_t number);
  void value(double number);  // shortest form; NaN and infinity become null
  void null();
  // A JSON text made elsewhere; must be valid JSON.
  void raw(std::string_view json);
  template <class T>
  void member(std::string_view name, const T& v) {
    key(name);
    value(v);
  }

 private:
  void separate();
  std::string& out_;
  bool need_comma_ = false;
  int depth_ = 0;
};

// Appends `text` as a JSON string with quotes. Invalid UTF-8 is replaced by U+FFFD.
void append_string(std::string& out, std::string_view text);

// RFC 8785 bytes. Refuses reals and integers outside ±(2^53-1): lasting documents hold integers and
// strings only.
base::Result<std::string> canonical(Value value);
// The same, leaving out one top-level member (the signature) when `value` is an object.
base::Result<std::string> canonical_without(Value value, std::string_view omitted_member);

}  // namespace b3iq::json
