// Cutting and replacing members in the text of a JSON object without re-serialising it. The text
// must have passed a parser before; on anything else the functions still stay inside it, but the
// result means nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace b3iq::inference {

struct MemberSpan {
  std::string_view name;  // between the quotes, escapes as they stand
  std::size_t begin = 0;  // of the name's opening quote
  std::size_t value_begin = 0;
  std::size_t value_end = 0;  // one past the value
};

// Walks the top-level members in order.
class MemberScanner {
 public:
  explicit MemberScanner(std::string_view object);
  // False after the last member.
  bool next(MemberSpan& out);

 private:
  std::string_view text_;
  std::size_t position_ = 0;
};

// The top-level member called `name`, however its name is escaped.
std::optional<MemberSpan> find_member(std::string_view object, std::string_view name);

// Replaces [begin, end) of a text. Edits of one text must not overlap.
struct Edit {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view replacement;
};

// The edit that takes `member` and its comma out.
Edit removal(std::string_view object, const MemberSpan& member);
// The edit that puts `members` ("\"a\":1,\"b\":2") first in the object.
struct Insertion {
  std::size_t at = 0;        // just behind the opening brace
  bool needs_comma = false;  // a comma must follow: the object has members
};
Insertion front_insertion(std::string_view object);

// The text with `edits` done, as pieces that point into it and into the replacements.
std::vector<std::string_view> splice(std::string_view text, std::vector<Edit> edits);

// Both change `object` in place and take the space behind its last brace away.
// Takes all top-level members of that name out.
void remove_member(std::string& object, std::string_view name);
// Puts a member last; `value` is JSON. Does nothing when `object` does not end in a brace.
void append_member(std::string& object, std::string_view name, std::string_view value);

}  // namespace b3iq::inference
