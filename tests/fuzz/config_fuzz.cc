#include <cstdint>

#include "base/bytes.h"
#include "config/options.h"
#include "config/rewrite.h"

namespace {

using namespace b3iq::config;

constexpr Option kOptions[] = {
    {.name = "text", .type = Type::text},
    {.name = "group.number", .type = Type::integer, .standard = "1", .minimum = 0, .maximum = 100},
    {.name = "group.size", .type = Type::bytes, .standard = "1KiB"},
    {.name = "wait", .type = Type::duration_ms, .standard = "1s"},
    {.name = "flag", .type = Type::boolean, .standard = "false"},
    {.name = "list", .type = Type::text_list},
    {.name = "pick", .type = Type::choice, .standard = "a", .choices = "a|b"},
};
constexpr Section kSections[] = {{.name = "free"}};

}  // namespace

// What loads keeps its bounds; what can be rewritten loads again as JSON.
int fuzz_config(const std::uint8_t* data, std::size_t size) {
  const auto text = b3iq::base::as_text({data, size});
  const auto values = load({kOptions, kSections}, text, "fuzz", {}, {});
  if (values.ok()) {
    const auto number = values->integer("group.number");
    if (number < 0 || number > 100) __builtin_trap();
  }
  const auto rewritten = with_member(text, "free", "[1]");
  if (rewritten.ok() && !b3iq::json::Document::parse(*rewritten).ok()) __builtin_trap();
  return 0;
}
