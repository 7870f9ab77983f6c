#include "agent/doctor/doctor_checks.h"
#include "base/clock.h"

namespace b3iq::agent {
namespace {

void check_runtimes(const Home& home, const Settings& settings, const Installation& installation,
                    const std::optional<StateView>& state, Diagnosis& out) {
  const auto machine = check_machine(installation, out);
  OfferedModels offered;
  for (const auto& runtime : settings.runtimes) {
    if (runtime.kind == RuntimeKind::embedded)
      check_embedded(runtime, installation, machine, offered, out);
  }
  check_servers(settings, offered, out);
  if (state) check_installed_models(home, state->models, settings.installed, machine, offered, out);
  check_model_names(settings, offered, out);
}

}  // namespace

Diagnosis examine(const Home& home) {
  Diagnosis out;
  const auto now_ms = base::system_clock().wall_ms();
  const auto installation = check_installation(out);
  check_clock(now_ms, out);
  if (!check_home(home, out)) return out;
  check_disk(home, out);
  const auto node_id = check_identity(home, out);
  const auto settings = check_config(home, node_id, out);
  const auto state = check_state(home, out);
  if (state) check_keys(home, state->keys, now_ms, out);
  const bool serving = check_node(home, out);
  if (!settings) return out;
  check_tls(*settings, now_ms, out);
  check_listener(home, *settings, state, now_ms, out);
  if (!serving) check_port(*settings, out);
  check_managed(home, *settings, node_id, out);
  if (installation) check_runtimes(home, *settings, *installation, state, out);
  return out;
}

}  // namespace b3iq::agent
