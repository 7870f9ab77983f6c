#include "agent/cli/amount_text.h"
#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"

namespace b3iq::agent {
namespace {

std::string joined(json::Value list) {
  std::string out;
  for (std::size_t i = 0; i < list.size(); ++i) out += (i == 0 ? "" : ",") + text_of(list.at(i));
  return out.empty() ? "-" : out;
}

void print_models(json::Value root) {
  std::vector<std::vector<std::string>> rows = {
      {"ID", "RUNTIMES", "CONTEXT", "SIZE", "LOADED", "CAN"}};
  const auto data = root.find("data");
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto model = data.at(i);
    const auto context = model.find("context_tokens").integer();
    const auto size = model.find("size_bytes").integer();
    const auto loaded = model.find("loaded").boolean();
    const auto alias = text_of(model.find("alias_of"));
    rows.push_back({text_of(model.find("id")) + (alias.empty() ? "" : " = " + alias),
                    joined(model.find("runtimes")), context ? fmt::format("{}", *context) : "-",
                    size ? bytes_text(*size) : "-", loaded ? (*loaded ? "yes" : "no") : "-",
                    joined(model.find("capabilities"))});
  }
  if (rows.size() == 1) {
    fmt::print("No models: no node serves this home, or its runtimes offer none.\n");
  } else {
    print_table(rows);
  }
}

}  // namespace

int run_models_list(const Home& home, OutputForm form) {
  return call_and_print(home, http::Method::get, "/setup/v1/models", "", form, print_models);
}

}  // namespace b3iq::agent
