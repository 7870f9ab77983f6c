#include "agent/models/model_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "agent/models/document_rows.h"
#include "base/log.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using storage::Statement;

namespace {

constexpr Statement kInsert{
    "INSERT INTO installed_models (id, folder, document) VALUES ($1, $2, $3)"};
constexpr Statement kUpdate{"UPDATE installed_models SET document = $2 WHERE id = $1"};
constexpr Statement kDelete{"DELETE FROM installed_models WHERE id = $1"};
constexpr Statement kSelect{"SELECT document FROM installed_models ORDER BY id"};

std::string document_of(const InstalledModel& model) {
  std::string document;
  json::Writer w(document);
  write_installed_model(w, model);
  return document;
}

// Removing tens of gigabytes takes a file system milliseconds; it is done on the caller's thread.
void remove_folder(const std::string& path) {
  std::error_code failure;
  std::filesystem::remove_all(path, failure);
  if (failure)
    base::log(base::LogLevel::warn, "models.folder_left", {{"reason", failure.message()}});
}

}  // namespace

Task<Status> select_models(storage::Transaction& tx, std::vector<InstalledModel>& out) {
  Status readable;
  auto take = [&](const storage::Row& row) {
    auto model = read_installed_model(row.text(0));
    if (!model.ok()) {
      readable = std::move(model).error();
      return false;
    }
    out.push_back(std::move(model).value());
    return true;
  };
  CO_TRY_OK(co_await tx.query(kSelect, {}, std::move(take)));
  co_return readable;
}

Status ModelStore::load() {
  std::vector<InstalledModel> rows;
  TRY_OK(database_.read_blocking([&](storage::Transaction& tx) {
    rows.clear();
    return select_models(tx, rows);
  }));
  for (auto& model : rows) {
    auto id = model.id;
    models_.emplace(std::move(id), std::move(model));
  }
  return {};
}

void ModelStore::remove_strays(const std::vector<std::string>& kept) const {
  std::set<std::string, std::less<>> known(kept.begin(), kept.end());
  for (const auto& [id, model] : models_) known.insert(model.folder);
  std::error_code failure;
  std::vector<std::string> strays;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, failure)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("m-") && !known.contains(name)) strays.push_back(entry.path().string());
  }
  for (const auto& stray : strays) remove_folder(stray);
}

std::vector<InstalledModel> ModelStore::list() const {
  std::vector<InstalledModel> all;
  all.reserve(models_.size());
  for (const auto& [id, model] : models_) all.push_back(model);
  return all;
}

const InstalledModel* ModelStore::find(std::string_view id) const {
  const auto found = models_.find(id);
  return found == models_.end() ? nullptr : &found->second;
}

bool ModelStore::is_missing(const InstalledModel& model) const {
  return ::access(file_of(model).c_str(), F_OK) != 0;
}

std::vector<runtimes::HostedModel> ModelStore::hosted() const {
  std::vector<runtimes::HostedModel> all;
  for (const auto& [id, model] : models_) {
    if (!is_missing(model)) all.push_back(hosted_model(model, folder_));
  }
  return all;
}

std::string ModelStore::file_of(const InstalledModel& model) const {
  return hosted_model(model, folder_).path;
}

Task<Status> ModelStore::add(InstalledModel model) {
  if (models_.size() >= kMaxInstalledModels) {
    co_return Error(
        ErrorCode::conflict,
        fmt::format("This node keeps at most {} models, and has them. Remove one first.",
                    kMaxInstalledModels));
  }
  if (const auto* there = find(model.id); there != nullptr && is_missing(*there))
    CO_TRY_OK(co_await remove(model.id));
  if (models_.contains(model.id)) {
    co_return Error(ErrorCode::conflict,
                    fmt::format("A model '{}' is installed already. Remove it first, or give this "
                                "one another name.",
                                model.id),
                    "name");
  }
  std::vector<std::string> row = {model.id, model.folder, document_of(model)};
  CO_TRY_OK(co_await write_row(database_, kInsert, std::move(row)));
  auto id = model.id;
  models_.insert_or_assign(std::move(id), std::move(model));
  notify();
  co_return Status();
}

Error ModelStore::not_usable(std::string_view id) const {
  const auto shown = id.substr(0, kMaxModelIdBytes);
  const auto* model = find(id);
  if (model == nullptr) {
    return Error(ErrorCode::model_not_found,
                 fmt::format("No model '{}' is installed. `b3iq-host models installed` shows those "
                             "that are; the built-in model and those of other servers are not "
                             "installed, they come from \"runtimes\" in config.json.",
                             shown),
                 "model");
  }
  constexpr std::string_view kOfCatalogue = "catalogue ";
  const std::string_view source = model->source;
  const auto again = source.starts_with(kOfCatalogue) ? source.substr(kOfCatalogue.size()) : source;
  return Error(ErrorCode::model_not_found,
               fmt::format("The file of the model '{}' is missing: {}/{}/{}. Put it back, install "
                           "the model again (b3iq-host models install {} --name {}), or remove its "
                           "entry (b3iq-host models remove {}).",
                           shown, folder_, model->folder, kModelFileName, again, shown, shown),
               "model");
}

Task<Status> ModelStore::remove(std::string id) {
  const auto* found = find(id);
  if (found == nullptr) co_return not_usable(id);
  const auto path = folder_ + "/" + found->folder;
  std::vector<std::string> row = {id};
  CO_TRY_OK(co_await write_row(database_, kDelete, std::move(row)));
  models_.erase(id);
  notify();
  remove_folder(path);
  co_return Status();
}

Task<Status> ModelStore::save(InstalledModel model) {
  std::vector<std::string> row = {model.id, document_of(model)};
  co_return co_await write_row(database_, kUpdate, std::move(row));
}

Task<void> ModelStore::save_behind(InstalledModel model) {
  ++writes_under_way_;
  const auto saved = co_await save(std::move(model));
  --writes_under_way_;
  if (!saved.ok())
    base::log(base::LogLevel::warn, "models.not_saved", {{"reason", saved.error().detail}});
}

void ModelStore::learn(const std::string& id, const runtimes::LoadedFacts& facts) {
  const auto found = models_.find(id);
  if (found == models_.end()) return;
  auto& model = found->second;
  const auto peak = std::max(model.learned.memory_bytes, facts.memory_bytes);
  // A worker's peak grows a little with every call; not each page is worth a write.
  const bool news = !model.was_loaded || model.learned.context_tokens != facts.context_tokens ||
                    model.learned.tools != facts.tools ||
                    peak > model.learned.memory_bytes + model.learned.memory_bytes / 32;
  if (!news) return;
  model.learned = facts;
  model.learned.memory_bytes = peak;
  model.was_loaded = true;
  base::detach(save_behind(model));
}

Task<Status> ModelStore::note_load_time(std::string id, std::int64_t load_ms) {
  const auto found = models_.find(id);
  if (found == models_.end()) co_return Status();
  found->second.load_ms = load_ms;
  co_return co_await save(found->second);
}

}  // namespace b3iq::agent
