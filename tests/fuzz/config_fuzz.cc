// Any bytes as config.json, as a value from the environment and as a change: read or refused, never
// a crash. What is read is within its bounds; what was rewritten reads again, with the change in
// it; a secret is in no message.
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "config/config.h"
#include "config/config_file.h"
#include "config/test_table.h"
#include "json/json.h"

namespace {

using namespace b3iq::config;

constexpr std::size_t kMaxMessageBytes = 4096;

void check_bounds(const Config& config) {
  const auto slots = config.integer("limits.slots");
  B3_CHECK(slots >= 1 && slots <= 64);
  B3_CHECK(config.size_bytes("limits.max_body") >= 1024);
  B3_CHECK(config.duration_ms("limits.deadline") <= 600'000);
  B3_CHECK(config.list("allowed_hosts").size() <= 3);
  const std::string& runtimes = config.section("runtimes");
  B3_CHECK(runtimes.empty() || b3iq::json::Document::parse(runtimes).ok());
  for (const Option& option : config.table().options())
    static_cast<void>(config.shown(option.name));
}

}  // namespace

int fuzz_config(const std::uint8_t* data, std::size_t size) {
  static const OptionTable table = test_table();
  const std::string text(b3iq::base::as_text({data, size}));
  const auto config = merge(table, {"config.json", text});
  if (config.ok()) check_bounds(*config);
  if (!config.ok()) B3_CHECK(config.error().detail.size() < kMaxMessageBytes + text.size() * 2);

  Sources sources{"config.json", "{}"};
  sources.environment = [&text](const std::string&) { return std::optional<std::string>(text); };
  const auto from_environment = merge(table, sources);
  if (from_environment.ok()) check_bounds(*from_environment);

  const Change change[] = {{"limits.slots", "3"}};
  const auto changed = change_config(text, change);
  if (!changed.ok()) return 0;
  const auto document = b3iq::json::Document::parse(*changed);
  B3_CHECK(document.ok());
  B3_CHECK(document->root().find("limits").find("slots").integer() == 3);
  B3_CHECK(change_config(*changed, change).value() == *changed);
  if (config.ok()) B3_CHECK(merge(table, {"config.json", *changed}).ok());
  return 0;
}
