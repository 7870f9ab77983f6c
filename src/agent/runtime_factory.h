// Makes the runtimes that config.json names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/home.h"
#include "agent/settings.h"
#include "base/result.h"
#include "http/event_loop.h"
#include "inference/runtime.h"
#include "runtimes/embedded/model_host.h"
#include "runtimes/ollama/ollama_library.h"

namespace b3iq::agent {

// Which file an embedded runtime loads, and the name that it offers it by.
struct EmbeddedModel {
  std::string path;
  std::string name;
};
EmbeddedModel embedded_model(const RuntimeSettings& settings, const Installation& installation);

// What every model's worker of the host has.
runtimes::ModelHostSettings host_settings(const InstalledModelSettings& settings,
                                          const Installation& installation);

// The library of the ollama runtime `id`. Error: not_found when there is none of that id and kind.
base::Result<std::unique_ptr<runtimes::OllamaLibrary>> make_ollama_library(http::EventLoop& loop,
                                                                           const Settings& settings,
                                                                           const std::string& id,
                                                                           std::uint16_t own_port);

// In the order of the settings. `loop` outlives them.
base::Result<std::vector<std::unique_ptr<inference::Runtime>>> make_runtimes(
    http::EventLoop& loop, const Settings& settings, const Installation& installation);

// One of them; a server's key is read from its file. Errors: config_invalid and those of reading
// the key.
base::Result<std::unique_ptr<inference::Runtime>> make_runtime(http::EventLoop& loop,
                                                               const RuntimeSettings& settings,
                                                               std::uint16_t own_port,
                                                               const Installation& installation);
// A server whose key is no file's: `settings` names none. Error: config_invalid.
base::Result<std::unique_ptr<inference::Runtime>> make_server(http::EventLoop& loop,
                                                              const RuntimeSettings& settings,
                                                              std::string api_key,
                                                              std::uint16_t own_port);

// What the start would refuse of the servers: addresses, keys, authorities. Asks no server. Error:
// config_invalid.
base::Status check_servers(const Settings& settings);

}  // namespace b3iq::agent
