#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "agent/cli/amount_text.h"
#include "agent/cli/job_watch.h"
#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"
#include "agent/settings.h"

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace fs = std::filesystem;

constexpr std::string_view kOllamaPrefix = "ollama:";

// Where a model comes from, as its words say: "ollama:NAME", an address, a path that is there, or
// an id of the catalogue.
struct Source {
  std::string_view member;
  std::string value;
};

// "file" of "file:///x"; "" when the words are no address.
std::string scheme_of(std::string_view words) {
  const auto end = words.find("://");
  if (end == std::string_view::npos || end == 0) return "";
  std::string scheme(words.substr(0, end));
  for (char& c : scheme) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-';
    if (!fits) return "";
  }
  return scheme;
}

Result<Source> source_of(const std::string& words) {
  const auto scheme = scheme_of(words);
  if (scheme == "https" || scheme == "http")
    return Source{"url", scheme + words.substr(scheme.size())};
  if (scheme == "file") {
    return Error(ErrorCode::invalid_request,
                 fmt::format("file:// is no form that is taken. Give the path itself: {}",
                             words.substr(words.find("://") + 3)));
  }
  if (!scheme.empty()) {
    return Error(ErrorCode::invalid_request,
                 fmt::format("{}:// is no form that is taken. A model comes from an https:// or "
                             "http:// address, a path, ollama:NAME, or an id of the catalogue "
                             "(b3iq-host models catalogue).",
                             scheme));
  }
  std::error_code none;
  const bool path = words.find('/') != std::string::npos || words.ends_with(".gguf");
  if (path || fs::exists(words, none)) return Source{"path", fs::absolute(words, none).string()};
  return Source{"catalogue", words};
}

// The runtime that pulls when none is named: the only one that can.
Result<std::string> pulling_runtime(const Home& home) {
  TRY(const auto settings, load_settings(home.config(), ""));
  std::vector<std::string> ids;
  for (const auto& runtime : settings.runtimes)
    if (runtime.kind == RuntimeKind::ollama) ids.push_back(runtime.id);
  if (ids.size() == 1) return ids.front();
  if (ids.empty()) {
    return Error(ErrorCode::not_found,
                 "config.json has no runtime of kind ollama. `b3iq-host runtimes probe` finds an "
                 "Ollama on this machine and prints how to add it.");
  }
  return Error(ErrorCode::invalid_request,
               fmt::format("Several runtimes are of kind ollama: {}. Name one: --runtime {}",
                           fmt::join(ids, ", "), ids.front()));
}

Result<std::string> install_body(const Home& home, const ModelInstallOptions& options,
                                 const std::string& words) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  if (words.starts_with(kOllamaPrefix)) {
    std::string runtime = options.runtime;
    if (runtime.empty()) {
      TRY(runtime, pulling_runtime(home));
    }
    w.member("kind", "pull");
    w.member("runtime", runtime);
    w.member("name", words.substr(kOllamaPrefix.size()));
  } else {
    TRY(const auto source, source_of(words));
    w.member("kind", "install");
    w.member(source.member, source.value);
    if (!options.name.empty()) w.member("name", options.name);
    if (!options.sha256.empty()) w.member("sha256", options.sha256);
    if (options.bytes_per_second > 0) w.member("bytes_per_second", options.bytes_per_second);
  }
  w.end_object();
  return body;
}

// What the job's result says: a runtime may know the model by another name than it was asked for.
void print_installed(const std::string& job) {
  const auto document = json::Document::parse(job);
  if (!document.ok()) return;
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
  const auto body = install_body(home, options, words);
  if (!body.ok()) return print_error(body.error());
  const auto begun = call_setup_api(home, http::Method::post, "/setup/v1/model-jobs", *body);
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
  const auto watched = watch_job(home, id, options.form);
  const bool installed = watched.exit_code == kExitOk && !watched.waits;
  if (installed && options.form == OutputForm::text) print_installed(watched.body);
  return watched.exit_code;
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
