#include "agent/support/shown_settings.h"

#include "agent/settings.h"
#include "agent/settings_table.h"
#include "config/config.h"
#include "http/client.h"
#include "json/json.h"

namespace b3iq::agent {

namespace {

// Whether every value that such an option can have is one that the program itself knows.
bool has_closed_values(config::Type type) {
  switch (type) {
    case config::Type::boolean:
    case config::Type::integer:
    case config::Type::duration:
    case config::Type::size:
    case config::Type::choice:
      return true;
    case config::Type::text:
    case config::Type::list:
    case config::Type::section:
      break;
  }
  return false;
}

std::string_view place_of(const RuntimeSettings& runtime) {
  if (runtime.kind == RuntimeKind::embedded) return "this process's worker";
  const auto origin = http::parse_origin(runtime.base_url);
  if (!origin.ok()) return "unknown";
  if (origin->host == "localhost") return "loopback";
  switch (http::classify_address(origin->host)) {
    case http::AddressClass::loopback:
      return "loopback";
    case http::AddressClass::private_network:
      return "private network";
    case http::AddressClass::link_local:
      return "link-local";
    case http::AddressClass::public_network:
      return "public network";
    case http::AddressClass::other:
      break;
  }
  return "a name";
}

void write_runtime(json::Writer& w, const RuntimeSettings& runtime) {
  w.begin_object();
  w.member("id", std::string_view(runtime.id));
  w.member("kind", runtime_kind_name(runtime.kind));
  w.member("place", place_of(runtime));
  w.member("has_key", !runtime.api_key_file.empty());
  w.member("has_ca_file", !runtime.ca_file.empty());
  w.member("has_model_path", !runtime.model_path.empty());
  w.member("models_named", static_cast<std::int64_t>(runtime.models.size()));
  w.member("context_tokens", runtime.context_tokens);
  w.member("slots", runtime.slots);
  w.member("threads", runtime.threads);
  w.member("gpu_layers", runtime.gpu_layers);
  w.member("max_concurrent", runtime.max_concurrent);
  w.end_object();
}

void write_runtimes(json::Writer& w, const Home& home) {
  w.key("runtimes");
  w.begin_array();
  if (const auto settings = load_settings(home.config(), ""); settings.ok()) {
    for (const auto& runtime : settings->runtimes) write_runtime(w, runtime);
  }
  w.end_array();
}

}  // namespace

std::string shown_settings(const Home& home) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  const auto values = config::load(settings_table(), home.config(), config::process_environment());
  if (!values.ok()) {
    w.member("missing", base::error_info(values.error().code).wire_name);
    w.end_object();
    return body;
  }
  for (const auto& option : values->table().options()) {
    if (option.name == "runtimes") continue;
    const bool is_set = values->origin(option.name).kind != config::Origin::Kind::fallback;
    w.key(option.name);
    const bool open = option.secrecy == config::Secrecy::open;
    if (open && has_closed_values(option.type)) {
      w.value(std::string_view(values->shown(option.name)));
    } else {
      w.value(is_set ? "(set)" : "(not set)");
    }
  }
  write_runtimes(w, home);
  w.end_object();
  return body;
}

}  // namespace b3iq::agent
