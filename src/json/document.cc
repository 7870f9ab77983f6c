#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <memory_resource>
#include <new>

#include "json/json.h"
#include "json/tree_builder.h"

namespace b3iq::json {
namespace {

// A chat body of a few hundred bytes parses without a second allocation.
constexpr std::size_t kInlineArena = 4096;
constexpr std::size_t kMaxBytes = 0xFFFF'FFFF;  // sizes of nodes are 32 bits

std::string_view reason(const boost::json::error_code& ec, TreeBuilder::Refusal refusal) {
  using boost::json::error;
  if (refusal == TreeBuilder::Refusal::duplicate_name) {
    return "the object that ends here has two members with the same name; send each name once";
  }
  if (refusal == TreeBuilder::Refusal::number_range) {
    return "the number is outside the range of a double; send a smaller one";
  }
  if (ec == error::incomplete) return "the text ends too early; send the whole value";
  if (ec == error::extra_data) return "something follows the value; send one value alone";
  if (ec == error::exponent_overflow) return "the exponent is too large; send a smaller number";
  if (ec == error::too_deep)
    return "arrays and objects are nested too deeply; send a flatter value";
  if (ec == error::illegal_leading_surrogate || ec == error::illegal_trailing_surrogate ||
      ec == error::expected_utf16_escape) {
    return "a lone surrogate; write a character above U+FFFF as a pair of \\u escapes or in UTF-8";
  }
  if (ec == error::expected_hex_digit) return "\\u must be followed by four hexadecimal digits";
  return "a syntax error or invalid UTF-8; send well-formed JSON in UTF-8";
}

base::Error refused(std::size_t offset, std::string_view why) {
  std::string detail = "The JSON is not valid at byte " + std::to_string(offset) + ": ";
  detail.append(why).push_back('.');
  return base::Error(base::ErrorCode::invalid_json, std::move(detail));
}

}  // namespace

struct Document::Impl {
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
  boost::json::parse_options options;
  options.max_depth = static_cast<std::size_t>(limits.max_depth > 0 ? limits.max_depth : 0);
  auto impl = std::make_unique_for_overwrite<Impl>();
  boost::json::basic_parser<TreeBuilder> parser(options, impl->arena, text.size());
  boost::json::error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (ec) return refused(used, reason(ec, parser.handler().refusal()));
  if (used < text.size()) return refused(used, reason(boost::json::error::extra_data, {}));
  impl->root = parser.handler().root();
  return Document(std::move(impl));
}

}  // namespace b3iq::json
