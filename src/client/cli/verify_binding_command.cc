#include <fmt/format.h>

#include "base/clock.h"
#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/print_object.h"
#include "client/cli/client_commands.h"
#include "client/sealing/binding_file.h"

namespace b3iq::client {

int run_verify_binding(const BindingOptions& options) {
  std::int64_t now_ms = base::system_clock().wall_ms();
  if (!options.at.empty() && !base::parse_rfc3339(options.at, now_ms))
    return cli::print_usage_error("--at is a UTC time such as 2026-11-23T09:30:00Z");
  const auto binding = verified_binding(options.file, options.node, now_ms);
  if (!binding.ok()) return cli::print_error(binding.error());
  const std::string key = base::to_base64url(binding->public_key_x25519.bytes);
  const std::string until = base::format_rfc3339(binding->not_after_ms);
  if (options.form == OutputForm::json) {
    cli::print_object([&](json::Writer& w) {
      w.member("node_id", binding->node_id.text());
      w.member("key_id", binding->key_id.text());
      w.member("public_key_x25519", key);
      w.member("not_before", base::format_rfc3339(binding->not_before_ms));
      w.member("not_after", until);
    });
  } else {
    fmt::print("This binding is {}'s own, and holds until {}.\nkey_id  {}\nkey     {}\n",
               binding->node_id.text(), until, binding->key_id.text(), key);
  }
  return cli::kExitOk;
}

}  // namespace b3iq::client
