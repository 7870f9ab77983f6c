#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"

namespace b3iq::agent {
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
    fmt::print(
        "  to use it, add to \"runtimes\" in config.json:\n  {{ \"id\": \"{}\", \"kind\": "
        "\"{}\"{}, \"base_url\": \"{}\" }}\n",
        name, text_of(found.find("kind")),
        profile.empty() ? "" : fmt::format(", \"profile\": \"{}\"", profile),
        text_of(found.find("base_url")));
  }
}

}  // namespace

int run_runtimes_list(const Home& home, OutputForm form) {
  return call_and_print(home, http::Method::get, "/setup/v1/runtimes", "", form, print_runtimes);
}

int run_runtimes_probe(const Home& home, OutputForm form) {
  return call_and_print(home, http::Method::post, "/setup/v1/runtimes/probe", "", form,
                        print_found);
}

}  // namespace b3iq::agent
