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
      return "this cannot stand here; send well-formed JSON";
    case Fault::ended:
      return "the text ends too early; send the whole value";
    case Fault::trailing:
      return "something follows the value; send one value alone";
    case Fault::depth:
      return "arrays and objects are nested too deeply; send a flatter value";
    case Fault::duplicate:
      return "the object that ends here has two members with the same name; send each name once";
    case Fault::number_range:
      return "the number is outside the range of a double; send a smaller one";
    case Fault::surrogate:
      return "a lone surrogate; write a character above U+FFFF as a pair of \\u escapes or in "
             "UTF-8";
    case Fault::hex:
      return "\\u must be followed by four hexadecimal digits";
    case Fault::utf8:
      return "a string is not valid UTF-8; send UTF-8";
    case Fault::control:
      return "a control character in a string; write it as an escape such as \\n";
  }
  return "";
}

base::Error refused(std::size_t offset, Fault fault) {
  std::string detail = "The JSON is not valid at byte " + std::to_string(offset) + ": ";
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
  if (text.size() > limits.max_bytes || text.size() > kMaxBytes) {
    return base::Error(base::ErrorCode::payload_too_large,
                       "The JSON text has " + std::to_string(text.size()) + " bytes; at most " +
                           std::to_string(limits.max_bytes) + " are taken. Send a shorter one.");
  }
  auto impl = std::make_unique_for_overwrite<Impl>();
  TreeBuilder tree(impl->arena, text.size());
  Parser parser(text, tree);
  if (const Fault fault = parser.parse(limits.max_depth); fault != Fault::none) {
    return refused(parser.offset(), fault);
  }
  impl->root = tree.root();
  return Document(std::move(impl));
}

}  // namespace b3iq::json
