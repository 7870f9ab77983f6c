#include <algorithm>
#include <filesystem>

#include "agent/cli/amount_text.h"
#include "agent/cli/job_watch.h"
#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"

namespace b3iq::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOllamaPrefix = "ollama:";

// Where a model comes from, as its words say: "ollama:NAME", an address, a path that is there, or
// an id of the catalogue.
struct Source {
  std::string_view member;
  std::string value;
};

Source source_of(const std::string& words) {
  if (words.starts_with("https://") || words.starts_with("http://")) return {"url", words};
  std::error_code none;
  const bool path = words.find('/') != std::string::npos || words.ends_with(".gguf");
  if (path || fs::exists(words, none)) return {"path", fs::absolute(words, none).string()};
  return {"catalogue", words};
}

std::string install_body(const ModelInstallOptions& options, const std::string& words) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  if (words.starts_with(kOllamaPrefix)) {
    w.member("kind", "pull");
    w.member("runtime", options.runtime);
    w.member("name", words.substr(kOllamaPrefix.size()));
  } else {
    const auto source = source_of(words);
    w.member("kind", "install");
    w.member(source.member, source.value);
    if (!options.name.empty()) w.member("name", options.name);
    if (!options.sha256.empty()) w.member("sha256", options.sha256);
    if (options.bytes_per_second > 0)
      w.member("bytes_per_second", static_cast<std::int64_t>(options.bytes_per_second));
  }
  w.end_object();
  return body;
}

void print_installed(const Home& home, const std::string& id) {
  const auto outcome = call_setup_api(home, http::Method::get, "/setup/v1/model-jobs/" + id, "");
  const auto document = json::Document::parse(outcome.body);
  if (outcome.exit_code != kExitOk || !document.ok()) return;
  const auto result = document->root().find("result");
  const auto model = text_of(result.find("model"));
  const auto memory = result.find("memory_bytes").integer().value_or(0);
  fmt::print("Installed {}.", model);
  if (memory > 0) fmt::print(" It takes {} of memory.", bytes_text(memory));
  const auto note = text_of(result.find("note"));
  fmt::print("{}\nAsk it: b3iq-host chat --model {} \"Hello\"\n",
             note.empty() ? "" : " It was not loaded: " + note, model);
}

int install_one(const Home& home, const ModelInstallOptions& options, const std::string& words) {
  const auto body = install_body(options, words);
  const auto begun = call_setup_api(home, http::Method::post, "/setup/v1/model-jobs", body);
  if (begun.exit_code != kExitOk) return begun.exit_code;
  const auto document = json::Document::parse(begun.body);
  if (!document.ok()) return kExitFailed;
  const auto id = text_of(document->root().find("id"));
  if (options.detach) {
    if (options.form == OutputForm::json) {
      fmt::print("{}\n", begun.body);
    } else {
      fmt::print("{}\n", id);
    }
    return kExitOk;
  }
  const int outcome = watch_job(home, id, options.form);
  if (outcome == kExitOk && options.form == OutputForm::text) print_installed(home, id);
  return outcome;
}

// A folder stands for the models in it.
std::vector<std::string> files_of(const std::string& words) {
  std::error_code failure;
  if (!fs::is_directory(words, failure)) return {words};
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(words, failure)) {
    if (entry.path().extension() == ".gguf") files.push_back(fs::absolute(entry.path()).string());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

int run_models_install(const Home& home, const ModelInstallOptions& options) {
  const auto files = files_of(options.source);
  if (files.empty()) {
    return print_error({base::ErrorCode::not_found,
                        fmt::format("There is no file that ends in .gguf in {}.", options.source)});
  }
  if (files.size() > 1 && (!options.name.empty() || !options.sha256.empty())) {
    return print_error({base::ErrorCode::invalid_request,
                        "A folder's models take their names from their files: leave --name and "
                        "--sha256 out."});
  }
  int outcome = kExitOk;
  for (const auto& file : files) {
    const int ended = install_one(home, options, file);
    if (ended != kExitOk) outcome = ended;
  }
  return outcome;
}

}  // namespace b3iq::agent
