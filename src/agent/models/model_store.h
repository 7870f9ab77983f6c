// The models whose files this node keeps, in <home>/models/<folder>/model.gguf, and what is known
// of each (installed_models in state.db). A model is offered from the moment its row is durable; a
// folder without a row is what a crash left, and is removed at the start unless a job still owns
// it. Loop thread only, but for load().
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/models/installed_model.h"
#include "base/task.h"
#include "storage/database.h"

namespace b3iq::agent {

inline constexpr std::size_t kMaxInstalledModels = 1000;

// Every installed model. Error: corrupt when a row cannot be read.
base::Task<base::Status> select_models(storage::Transaction& tx, std::vector<InstalledModel>& out);

class ModelStore {
 public:
  ModelStore(storage::Database& database, std::string models_folder)
      : database_(database), folder_(std::move(models_folder)) {}

  // Before the loop runs; blocks.
  base::Status load();
  // Removes folders that belong to no model, but for `kept`. Blocks.
  void remove_strays(const std::vector<std::string>& kept) const;

  std::vector<InstalledModel> list() const;
  const InstalledModel* find(std::string_view id) const;
  // Its file is not there any more: after a restore, or because somebody removed it. Such a model
  // is not offered; it can be installed again or removed. Asks the file system.
  bool is_missing(const InstalledModel& model) const;
  // Why nothing can be done with this name, and the way out: it is not installed, or its file is
  // missing.
  base::Error not_usable(std::string_view id) const;
  std::vector<runtimes::HostedModel> hosted() const;
  const std::string& folder() const { return folder_; }
  std::string file_of(const InstalledModel& model) const;

  // The file is in its place. It replaces a model whose file is missing. Errors: conflict when the
  // name is taken; those of the database.
  base::Task<base::Status> add(InstalledModel model);
  // Forgets the model, then removes its file. Errors: model_not_found.
  base::Task<base::Status> remove(std::string id);
  // Written behind the caller's back; what is lost in a crash is learned again.
  void learn(const std::string& id, const runtimes::LoadedFacts& facts);
  base::Task<base::Status> note_load_time(std::string id, std::int64_t load_ms);
  // Whether every learned fact is on disk.
  bool idle() const { return writes_under_way_ == 0; }

  // Called when the list has changed.
  void on_change(std::function<void()> listener) { changed_ = std::move(listener); }
  // A file may have come back: the list is told anew.
  void look_again() const { notify(); }

 private:
  base::Task<base::Status> save(InstalledModel model);
  base::Task<void> save_behind(InstalledModel model);
  void notify() const {
    if (changed_) changed_();
  }

  storage::Database& database_;
  std::string folder_;
  std::map<std::string, InstalledModel, std::less<>> models_;
  std::function<void()> changed_;
  int writes_under_way_ = 0;
};

}  // namespace b3iq::agent
