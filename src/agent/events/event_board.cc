#include "agent/events/event_board.h"

#include <algorithm>

#include "json/json.h"

namespace b3iq::agent {

namespace {

void append_event(std::string& out, std::string_view name, std::string_view json) {
  out.append("event: ").append(name).append("\ndata: ").append(json).append("\n\n");
}

struct WorkNames {
  std::string_view changed, removed;
};
WorkNames names_of(WorkKind kind) {
  switch (kind) {
    case WorkKind::model_job:
      return {"job", "job_removed"};
    case WorkKind::backup:
      return {"backup", "backup_removed"};
  }
  return {};
}

bool may_see(Reader reader, WorkKind kind) {
  return reader == Reader::owner || kind != WorkKind::backup;
}

}  // namespace

bool EventBoard::Text::set(std::string_view next, std::uint64_t& board_version) {
  if (version != 0 && json == next) return false;
  json = next;
  version = ++board_version;
  return true;
}

void EventBoard::put_work(WorkKind kind, std::string_view id, bool ended, std::string_view json) {
  auto found = work_.find(id);
  if (found == work_.end()) found = work_.emplace(std::string(id), Work{kind, {}, false}).first;
  found->second.text.set(json, version_);
  found->second.ended = ended;
}

void EventBoard::remove_work(WorkKind kind, std::string_view id) {
  if (const auto found = work_.find(id); found != work_.end()) work_.erase(found);
  removals_.push_back({kind, ++version_, std::string(id)});
  if (removals_.size() <= kMaxRemovals) return;
  forgotten_version_ = removals_.front().version;
  removals_.pop_front();
}

void EventBoard::put_live(std::string_view json) { live_.set(json, version_); }

void EventBoard::put_status(std::string_view runtimes, bool models_changed) {
  runtimes_.set(runtimes, version_);
  if (models_changed) models_version_ = ++version_;
}

bool EventBoard::append_since(std::uint64_t seen, Reader reader, std::string& out) const {
  const bool fresh = seen == 0;
  if (!fresh && seen < forgotten_version_) return false;
  for (const auto& [id, work] : work_) {
    const bool news = work.text.version > seen && !(fresh && work.ended);
    if (news && may_see(reader, work.kind))
      append_event(out, names_of(work.kind).changed, work.text.json);
  }
  for (const auto& removal : removals_) {
    if (fresh || removal.version <= seen || !may_see(reader, removal.kind)) continue;
    std::string json;
    json::Writer w(json);
    w.begin_object();
    w.member("id", removal.id);
    w.end_object();
    append_event(out, names_of(removal.kind).removed, json);
  }
  if (!fresh && enrollment_version_ > seen) append_event(out, "enrollment", "{}");
  if (live_.version > seen) append_event(out, "live", live_.json);
  if (std::max(runtimes_.version, models_version_) > seen) {
    const bool models_changed = !fresh && models_version_ > seen;
    append_event(out, "status",
                 R"({"runtimes":)" + runtimes_.json + R"(,"models_changed":)" +
                     (models_changed ? "true}" : "false}"));
  }
  return true;
}

}  // namespace b3iq::agent
