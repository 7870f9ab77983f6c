#include <algorithm>
#include <array>
#include <memory_resource>

#include "base/recycled.h"
#include "json/json.h"
#include "json/parser.h"
#include "json/tree_builder.h"

namespace b3iq::json {
namespace {

// A chat body of a few hundred bytes parses without a second allocation.
constexpr std::size_t kInlineArena = 4096;
constexpr std::size_t kMaxBytes = 0xFFFF'FFFF;  // sizes of nodes are 32 bits

std::string_view reason(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "";
    case Fault::syntax:
      return "this cannot stand here; write well-formed JSON";
    case Fault::ended:
      return "the text ends too early; a bracket, a brace or a quote is not closed";
    case Fault::trailing:
      return "something follows the value; leave one value alone";
    case Fault::depth:
      return "arrays and objects are nested too deeply; write a flatter value";
    case Fault::duplicate:
      return "the object that ends here has two members with the same name; write each name once";
    case Fault::number_range:
      return "the number is outside the range of a double; write a smaller one";
    case Fault::surrogate:
      return "a lone surrogate; write a character above U+FFFF as a pair of \\u escapes or in "
             "UTF-8";
    case Fault::hex:
      return "\\u must be followed by four hexadecimal digits";
    case Fault::utf8:
      return "a string is not valid UTF-8; write UTF-8";
    case Fault::control:
      return "a control character in a string; write it as an escape such as \\n";
  }
  return "";
}

// A text of several lines was written by a person, who looks for lines.
std::string place(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = std::ranges::count(before, '\n');
  if (text.find('\n') >= text.size() - 1) return "byte " + std::to_string(offset);
  const auto column = offset - (before.rfind('\n') + 1);  // npos + 1 is 0
  return "line " + std::to_string(lines + 1) + ", column " + std::to_string(column + 1);
}

base::Error refused(std::string_view text, std::size_t offset, Fault fault) {
  std::string detail = "The JSON is not valid at " + place(text, offset) + ": ";
  detail.append(reason(fault)).push_back('.');
  return base::Error(base::ErrorCode::invalid_json, std::move(detail));
}

}  // namespace

struct Document::Impl : base::Recycled {
  std::array<std::byte, kInlineArena> first;
  std::pmr::monotonic_buffer_resource arena{first.data(), first.size()};
  Node root;
};

Document::Document(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Value Document::root() const { return impl_ ? Value(&impl_->root) : Value(); }

base::Result<Document> Document::parse(std::string_view text, const Limits& limits) {
  return parse(text, limits, true);
}

base::Result<Document> Document::parse_in_place(std::string_view text, const Limits& limits) {
  return parse(text, limits, false);
}

base::Result<Document> Document::parse(std::string_view text, const Limits& limits,
                                       bool copies_strings) {
  if (text.size() > limits.max_bytes || text.size() > kMaxBytes) {
    return base::Error(base::ErrorCode::payload_too_large,
                       "The JSON text has " + std::to_string(text.size()) + " bytes; at most " +
                           std::to_string(limits.max_bytes) + " are taken. Send a shorter one.");
  }
  auto impl = std::make_unique_for_overwrite<Impl>();
  TreeBuilder tree(impl->arena, text.size(), copies_strings);
  Parser parser(text, tree);
  if (const Fault fault = parser.parse(limits.max_depth); fault != Fault::none) {
    return refused(text, parser.offset(), fault);
  }
  impl->root = tree.root();
  return Document(std::move(impl));
}

}  // namespace b3iq::json
