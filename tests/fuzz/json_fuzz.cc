// Any bytes: parsed or refused, never a crash. What parses is written, read again and written the
// same; its canonical form is a fixed point; every name of an object is found.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "json/json.h"

namespace {

using b3iq::json::Document;
using b3iq::json::Value;

void walk(Value value) {
  B3_CHECK(!value.is_string() || b3iq::base::valid_utf8(*value.string()));
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) walk(value.at(i));
    return;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Value::Member member = value.member(i);
    B3_CHECK(b3iq::base::valid_utf8(member.name));
    B3_CHECK(value.find(member.name).raw_node() == member.value.raw_node());
    walk(member.value);
  }
}

}  // namespace

int fuzz_json(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string written;
  b3iq::json::append_string(written, text);
  auto as_string = Document::parse(written);
  B3_CHECK(as_string.ok() && as_string->root().is_string());
  if (b3iq::base::valid_utf8(text)) B3_CHECK(as_string->root().string() == text);

  auto document = Document::parse(text, {.max_bytes = 1 << 20, .max_depth = 32});
  const auto in_place = Document::parse_in_place(text, {.max_bytes = 1 << 20, .max_depth = 32});
  B3_CHECK(document.ok() == in_place.ok());
  if (!document.ok()) return 0;
  walk(document->root());
  walk(in_place->root());
  const std::string once = document->root().to_text();
  B3_CHECK(in_place->root().to_text() == once);
  auto again = Document::parse(once, {.max_bytes = 8 << 20, .max_depth = 32});
  B3_CHECK(again.ok());
  B3_CHECK(again->root().to_text() == once);

  const auto canonical = b3iq::json::canonical(document->root());
  if (!canonical.ok()) return 0;
  auto read = Document::parse(*canonical, {.max_bytes = 8 << 20, .max_depth = 32});
  B3_CHECK(read.ok());
  B3_CHECK(b3iq::json::canonical(read->root()).value() == *canonical);
  return 0;
}
