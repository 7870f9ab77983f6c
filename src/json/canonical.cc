// RFC 8785 (JCS), for documents of integers and strings.
#include <algorithm>
#include <numeric>
#include <vector>

#include "json/json.h"
#include "json/number_text.h"
#include "json/value_node.h"

namespace b3iq::json {
namespace {

constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;

// Order of UTF-16 code units, as RFC 8785 section 3.2.3 asks, on UTF-8 text. The two orders differ
// only where a character above U+FFFF (lead byte F0-F4, in UTF-16 a surrogate) meets one of
// U+E000-U+FFFF (lead byte EE or EF).
bool utf16_less(std::string_view a, std::string_view b) {
  const auto [at, bt] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (at == a.end() || bt == b.end()) return at == a.end() && bt != b.end();
  const auto rank = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0xEE || byte == 0xEF ? byte + 0x10u : static_cast<unsigned>(byte);
  };
  return rank(*at) < rank(*bt);
}

class Canonicaliser {
 public:
  explicit Canonicaliser(std::string& out) : out_(out) {}

  base::Status append(const Node& node) {
    switch (node.tag) {
      case Tag::null:
        out_.append("null");
        return {};
      case Tag::boolean:
        out_.append(node.boolean ? "true" : "false");
        return {};
      case Tag::integer:
        return append_number(node.integer);
      case Tag::unsigned_integer:
      case Tag::real:
        return number_refused();
      case Tag::string:
        append_string(out_, node.string());
        return {};
      case Tag::array:
        return append_array(node);
      case Tag::object:
        return append_object(node, nullptr);
    }
    return {};
  }

  base::Status append_object(const Node& node, const std::string_view* omitted) {
    std::vector<std::uint32_t> order(node.size);
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return utf16_less(node.name_of(a).string(), node.name_of(b).string());
    });
    out_.push_back('{');
    bool first = true;
    for (std::uint32_t member : order) {
      const std::string_view name = node.name_of(member).string();
      if (omitted && name == *omitted) continue;
      if (!first) out_.push_back(',');
      first = false;
      append_string(out_, name);
      out_.push_back(':');
      TRY_OK(append(node.value_of(member)));
    }
    out_.push_back('}');
    return {};
  }

 private:
  static base::Error number_refused() {
    return base::Error(base::ErrorCode::invalid_json,
                       "A signed document holds integers of at most 2^53-1 only; send larger or "
                       "fractional values as strings.");
  }

  base::Status append_number(std::int64_t number) {
    if (number > kLargestInteger || number < -kLargestInteger) return number_refused();
    append_integer(out_, number);
    return {};
  }

  base::Status append_array(const Node& node) {
    out_.push_back('[');
    for (std::uint32_t i = 0; i < node.size; ++i) {
      if (i > 0) out_.push_back(',');
      TRY_OK(append(node.children[i]));
    }
    out_.push_back(']');
    return {};
  }

  std::string& out_;
};

const Node kAbsent;

}  // namespace

base::Result<std::string> canonical(Value value) {
  std::string out;
  const auto* node = static_cast<const Node*>(value.raw_node());
  TRY_OK(Canonicaliser(out).append(node ? *node : kAbsent));
  return out;
}

base::Result<std::string> canonical_without(Value value, std::string_view omitted_member) {
  if (!value.is_object()) return canonical(value);
  std::string out;
  const auto* node = static_cast<const Node*>(value.raw_node());
  TRY_OK(Canonicaliser(out).append_object(*node, &omitted_member));
  return out;
}

}  // namespace b3iq::json
