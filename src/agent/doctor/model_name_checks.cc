#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "agent/doctor/doctor_checks.h"
#include "agent/models/model_registry.h"

namespace b3iq::agent {
namespace {

using Names = std::set<std::string, std::less<>>;

// As ModelRegistry finds them: a name without a tag is also the one with ":latest".
bool leads(const Names& names, const std::string& model) {
  return std::ranges::any_of(names, [&](const auto& name) { return same_model(name, model); });
}

void check_aliases(const Settings& settings, const Names& names, Diagnosis& out) {
  bool all_lead = true;
  for (const auto& [alias, models] : settings.model_names.aliases) {
    if (names.contains(alias)) {
      all_lead = false;
      out.warning(
          "models.alias",
          fmt::format("The alias '{}' has no effect: a runtime offers a model of that name.",
                      alias),
          "Rename the alias in models.aliases of config.json, or the model.");
      continue;
    }
    if (std::ranges::any_of(models, [&](const auto& model) { return leads(names, model); }))
      continue;
    all_lead = false;
    out.fault("models.alias",
              fmt::format("The alias '{}' leads to no model that a runtime offers.", alias),
              "Correct models.aliases in config.json; b3iq-host models list shows the names.");
  }
  if (all_lead)
    out.good("models.alias", fmt::format("aliases: {}", settings.model_names.aliases.size()));
}

void check_preferences(const Settings& settings, const OfferedModels& offered, Diagnosis& out) {
  for (const auto& [model, runtimes] : settings.model_names.preferred_runtimes) {
    for (const auto& id : runtimes) {
      const auto found = offered.find(id);
      if (found == offered.end() || std::ranges::find(found->second, model) != found->second.end())
        continue;
      out.warning("models.prefer",
                  fmt::format("models.prefer sends '{}' to the runtime '{}', which does not offer "
                              "it.",
                              model, id),
                  "Correct models.prefer in config.json; b3iq-host models list shows who offers "
                  "what.");
    }
  }
}

}  // namespace

void check_model_names(const Settings& settings, const OfferedModels& offered, Diagnosis& out) {
  Names names;
  for (const auto& [id, models] : offered) names.insert(models.begin(), models.end());
  // A runtime that could not be asked may have the model. The node's own models are one more.
  if (offered.size() == settings.runtimes.size() + 1) check_aliases(settings, names, out);
  check_preferences(settings, offered, out);
  if (settings.runtimes.empty() && names.empty()) {
    out.fault("models.offered",
              "No runtime is configured and no model installed: the node offers no model.",
              "Add { \"id\": \"embedded\", \"kind\": \"embedded\" } to runtimes in config.json.");
  } else if (!names.empty()) {
    out.good("models.offered", fmt::format("names: {}", names.size()));
  }
}

}  // namespace b3iq::agent
