#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "agent/doctor/doctor_checks.h"
#include "agent/doctor/short_question.h"
#include "base/text.h"
#include "crypto/secret_file.h"
#include "json/json.h"
#include "runtimes/upstream/dial_policy.h"

namespace b3iq::agent {
namespace {

constexpr std::int64_t kDeadlineMs = 3'000;
constexpr int kOk = 200;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;

std::string in_config(const RuntimeSettings& runtime, std::string_view member) {
  return fmt::format("`{}` of runtime '{}' in config.json", member, runtime.id);
}

// True when the key, if one is named, can be used; it is in `bearer` then.
bool check_key_file(const RuntimeSettings& runtime, std::string& bearer, Diagnosis& out) {
  const auto& path = runtime.api_key_file;
  if (path.empty()) return true;
  const auto check = fmt::format("runtime.{}.key_file", runtime.id);
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    out.fault(check, fmt::format("The key file {} is missing.", path),
              "Put the key there, or correct " + in_config(runtime, "api_key_file") + ".");
    return false;
  }
  if ((info.st_mode & 077) != 0) {
    out.fault(check, fmt::format("Other users can read the key in {}.", path),
              "chmod 600 " + shell_word(path));
    return false;
  }
  const auto key = crypto::read_secret_file(path);
  if (!key.ok()) {
    out.fault(check, key.error().detail, "Write the bare key into " + path + ".");
    return false;
  }
  bearer = base::trimmed(key->reveal_text());
  out.good(check, path);
  return true;
}

bool check_authority(const RuntimeSettings& runtime, Diagnosis& out) {
  if (runtime.ca_file.empty() || ::access(runtime.ca_file.c_str(), R_OK) == 0) return true;
  out.fault(
      fmt::format("runtime.{}.ca_file", runtime.id),
      fmt::format("{} is missing or cannot be read.", runtime.ca_file),
      "Put the authority's certificate there, or correct " + in_config(runtime, "ca_file") + ".");
  return false;
}

// Nothing when there is something in the way of asking.
std::optional<ShortQuestion> question_for(const RuntimeSettings& runtime, std::uint16_t own_port,
                                          Diagnosis& out) {
  ShortQuestion question;
  const bool ready = check_key_file(runtime, question.bearer, out);
  if (!check_authority(runtime, out) || !ready) return std::nullopt;
  auto origin = http::parse_origin(runtime.base_url);
  if (!origin.ok()) {
    // Not quoted: it may hold a password.
    out.fault(fmt::format("runtime.{}.address", runtime.id), "Its base_url is no address.",
              "Correct " + in_config(runtime, "base_url") +
                  ": http://127.0.0.1:8080/v1, without user name and password.");
    return std::nullopt;
  }
  const bool ollama = runtime.kind == RuntimeKind::ollama;
  if (!ollama && origin->prefix.empty()) origin->prefix = "/v1";
  question.path = ollama ? "/api/tags" : "/models";
  question.ca_file = runtime.ca_file;
  question.policy = runtimes::dial_policy(origin->host, own_port);
  question.origin = *std::move(origin);
  return question;
}

// Nothing when the answer is no list of models in the runtime's form.
std::optional<std::vector<std::string>> read_models(const RuntimeSettings& runtime,
                                                    const ShortAnswer& answer) {
  const bool ollama = runtime.kind == RuntimeKind::ollama;
  const auto document = json::Document::parse(answer.body, {.max_bytes = kMaxShortAnswerBytes});
  if (answer.status != kOk || !document.ok()) return std::nullopt;
  const auto list = document->root().find(ollama ? "models" : "data");
  if (!list.is_array()) return std::nullopt;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (const auto name = list.at(i).find(ollama ? "name" : "id").string())
      names.emplace_back(*name);
  }
  return names;
}

void judge_list(const RuntimeSettings& runtime, const ShortAnswer& answer, OfferedModels& offered,
                Diagnosis& out) {
  const auto prefix = "runtime." + runtime.id;
  const auto models = read_models(runtime, answer);
  if (!models) {
    out.fault(prefix + ".answers",
              fmt::format("What answers at {} is no such runtime (status {}).", runtime.base_url,
                          answer.status),
              "Correct " + in_config(runtime, "base_url") + " or its kind; " +
                  "b3iq-host runtimes probe shows what runs on this machine.");
    return;
  }
  out.good(prefix + ".answers", fmt::format("{} models", models->size()));
  auto& names = offered[runtime.id];
  names = runtime.models.empty() ? *models : runtime.models;
  for (const auto& name : runtime.models) {
    if (std::ranges::find(*models, name) != models->end()) continue;
    out.warning(prefix + ".models", fmt::format("It does not list the model '{}'.", name),
                "Load the model there, or correct " + in_config(runtime, "models") + ".");
  }
  if (names.empty())
    out.warning(prefix + ".models", "It offers no model.", "Load a model in that runtime.");
}

void judge_answer(const RuntimeSettings& runtime, const base::Result<ShortAnswer>& answer,
                  OfferedModels& offered, Diagnosis& out) {
  const auto prefix = "runtime." + runtime.id;
  if (!answer.ok() && answer.error().code == base::ErrorCode::upstream_failed) {
    out.fault(prefix + ".answers",
              fmt::format("What answers at {} is no runtime: {}", runtime.base_url,
                          answer.error().detail),
              "Correct " + in_config(runtime, "base_url") + ".");
    return;
  }
  if (!answer.ok()) {
    out.fault(prefix + ".reach",
              fmt::format("{} cannot be reached: {}", runtime.base_url, answer.error().detail),
              "Start that runtime, or correct " + in_config(runtime, "base_url") + ".");
    return;
  }
  out.good(prefix + ".reach", runtime.base_url);
  if (answer->status == kUnauthorized || answer->status == kForbidden) {
    out.fault(
        prefix + ".access", fmt::format("It refuses the node's key (status {}).", answer->status),
        "Put a valid key into a file and name it as " + in_config(runtime, "api_key_file") + ".");
    return;
  }
  judge_list(runtime, *answer, offered, out);
}

}  // namespace

void check_servers(const Settings& settings, OfferedModels& offered, Diagnosis& out) {
  std::vector<const RuntimeSettings*> asked;
  std::vector<ShortQuestion> questions;
  for (const auto& runtime : settings.runtimes) {
    if (runtime.kind == RuntimeKind::embedded) continue;
    if (auto question = question_for(runtime, settings.listen.port, out)) {
      asked.push_back(&runtime);
      questions.push_back(*std::move(question));
    }
  }
  const auto answers = ask_shortly(questions, kDeadlineMs);
  for (std::size_t i = 0; i < asked.size(); ++i) judge_answer(*asked[i], answers[i], offered, out);
}

}  // namespace b3iq::agent
