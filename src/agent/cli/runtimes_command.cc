#include "agent/cli/secret_input.h"
#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"
#include "agent/runtimes/runtime_settings.h"

namespace b3iq::agent {

using base::Result;

namespace {

std::string or_dash(json::Value value) {
  const auto text = value.string();
  return text && !text->empty() ? std::string(*text) : "-";
}

std::string count_or_dash(json::Value value) {
  const auto count = value.integer();
  return count ? fmt::format("{}", *count) : "-";
}

std::string model_names(json::Value models) {
  constexpr std::size_t kShown = 3;
  std::string out;
  for (std::size_t i = 0; i < models.size() && i < kShown; ++i)
    out += (i == 0 ? "" : ", ") + text_of(models.at(i));
  if (models.size() > kShown) out += fmt::format(" and {} more", models.size() - kShown);
  return out.empty() ? "-" : out;
}

void print_runtimes(json::Value root) {
  std::vector<std::vector<std::string>> rows = {
      {"ID", "KIND", "STATE", "VERSION", "RUNNING", "WAITING", "BREAKER", "MODELS"}};
  const auto data = root.find("data");
  if (data.size() == 0) {
    fmt::print("No node serves this home, so nothing answers. Start it: b3iq-host serve\n");
    return;
  }
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto runtime = data.at(i);
    rows.push_back({text_of(runtime.find("id")), text_of(runtime.find("kind")),
                    text_of(runtime.find("state")), or_dash(runtime.find("version")),
                    count_or_dash(runtime.find("calls_running")),
                    count_or_dash(runtime.find("calls_waiting")), text_of(runtime.find("breaker")),
                    model_names(runtime.find("models"))});
  }
  print_table(rows);
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto detail = text_of(data.at(i).find("detail"));
    if (!detail.empty()) fmt::print("\n{}: {}\n", text_of(data.at(i).find("id")), detail);
  }
}

void print_found(json::Value root) {
  const auto data = root.find("data");
  if (data.size() == 0) {
    fmt::print(
        "No runtime answers at the ports that Ollama, LM Studio, llama-server, vLLM and SGLang "
        "take by default.\n");
    return;
  }
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto found = data.at(i);
    const auto profile = text_of(found.find("profile"));
    const auto name = profile.empty() ? text_of(found.find("kind")) : profile;
    fmt::print("{} {} at {}: {}\n", name, text_of(found.find("version")),
               text_of(found.find("base_url")), model_names(found.find("models")));
    fmt::print("  to use it: b3iq-host runtimes add {} --kind {}{} --base-url {}\n", name,
               text_of(found.find("kind")), profile.empty() ? "" : " --profile " + profile,
               text_of(found.find("base_url")));
  }
}

// Of a test, or of a runtime that was added.
void print_server(json::Value server) {
  const auto version = text_of(server.find("version"));
  fmt::print("{} models: {}\n", version.empty() ? "It offers" : "Version " + version + ", with",
             model_names(server.find("models")));
}

Result<crypto::Secret> read_key(const RuntimeOptions& options) {
  if (options.api_key_stdin) return read_secret_line();
  if (options.api_key_file.empty()) return crypto::Secret();
  return read_secret_input(options.api_key_file);
}

// With the key in it: wiped by whoever sends it.
std::string body_of(const RuntimeOptions& options, const crypto::Secret& key) {
  std::string body;
  // One allocation, so that no copy of the key is left behind.
  body.reserve(options.base_url.size() + 6 * key.size() + 1024);
  json::Writer w(body);
  w.begin_object();
  if (!options.id.empty()) w.member("id", options.id);
  w.member("kind", options.kind);
  w.member("base_url", options.base_url);
  if (!options.profile.empty()) w.member("profile", options.profile);
  if (!key.empty()) w.member("api_key", key.reveal_text());
  if (options.max_concurrent > 0) w.member("max_concurrent", options.max_concurrent);
  w.end_object();
  return body;
}

CallOutcome send(const Home& home, std::string_view path, const RuntimeOptions& options) {
  const auto key = read_key(options);
  if (!key.ok()) return {print_error(key.error()), {}};
  auto body = body_of(options, *key);
  auto outcome = call_setup_api(home, http::Method::post, path, body);
  crypto::wipe(body.data(), body.size());
  return outcome;
}

void print_added(json::Value runtime) {
  fmt::print("Added {}. ", text_of(runtime.find("id")));
  if (text_of(runtime.find("state")) == "ready") {
    print_server(runtime);
  } else {
    fmt::print("It is not ready: {}\n", text_of(runtime.find("detail")));
  }
}

}  // namespace

int run_runtimes_add(const Home& home, const RuntimeOptions& options) {
  return print_answer(send(home, "/setup/v1/runtimes", options), options.form, print_added);
}

int run_runtimes_test(const Home& home, const RuntimeOptions& options) {
  const auto outcome = send(home, "/setup/v1/runtimes/test", options);
  if (outcome.exit_code != kExitOk) return outcome.exit_code;
  const auto document = json::Document::parse(outcome.body);
  if (!document.ok()) return kExitFailed;
  const auto error = document->root().find("error");
  const int code = error.is_null() ? kExitOk : kExitFailed;
  if (options.form == OutputForm::json) {
    fmt::print("{}\n", outcome.body);
  } else if (code == kExitOk) {
    fmt::print("It can be used. ");
    print_server(document->root());
  } else {
    fmt::print(stderr, "error: {}\n       ({})\n", text_of(error.find("detail")),
               text_of(error.find("code")));
  }
  return code;
}

int run_runtimes_remove(const Home& home, const std::string& id, OutputForm form) {
  if (!valid_runtime_id(id))
    return print_usage_error(fmt::format("the id of a runtime is {}", kRuntimeIdRule));
  return call_and_print(
      home, http::Method::delete_, "/setup/v1/runtimes/" + id, "", form,
      [](json::Value removed) { fmt::print("Removed {}.\n", text_of(removed.find("id"))); });
}

int run_runtimes_list(const Home& home, OutputForm form) {
  return call_and_print(home, http::Method::get, "/setup/v1/runtimes", "", form, print_runtimes);
}

int run_runtimes_probe(const Home& home, OutputForm form) {
  return call_and_print(home, http::Method::post, "/setup/v1/runtimes/probe", "", form,
                        print_found);
}

}  // namespace b3iq::agent
