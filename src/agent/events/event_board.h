// The latest state of what pages watch, as the events that tell it. Each has the version at which
// it last changed, so a reader that was away gets the latest of each once, and nothing queues up
// for it. Shared by all readers. Loop thread only; no IO.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace b3iq::agent {

// Removals that are remembered. A reader that missed more has to begin anew.
inline constexpr std::size_t kMaxRemovals = 256;

// Long work that is told of: `job` and `job_removed`; `backup` and `backup_removed`, to owners.
enum class WorkKind : std::uint8_t { model_job, backup };
enum class Reader : std::uint8_t { user, owner };

class EventBoard {
 public:
  // Texts are JSON without line breaks. Each is told only when it differs from the last. Ids of
  // all kinds differ.
  void put_work(WorkKind kind, std::string_view id, bool ended, std::string_view json);
  void remove_work(WorkKind kind, std::string_view id);
  void put_live(std::string_view json);
  // `runtimes`: a JSON array. `models_changed`: since the last put.
  void put_status(std::string_view runtimes, bool models_changed);

  // How the node stands to its control plane has changed: pages ask for it.
  void put_enrollment_changed() { enrollment_version_ = ++version_; }

  // Rises with every change; never 0 once something was put.
  std::uint64_t version() const { return version_; }
  // Appends what changed after version `seen`; 0: a new reader, who gets everything but ended work.
  // False: the reader missed too much.
  bool append_since(std::uint64_t seen, Reader reader, std::string& out) const;

 private:
  struct Text {
    std::uint64_t version = 0;
    std::string json;
    // True when it is another than before.
    bool set(std::string_view next, std::uint64_t& board_version);
  };
  struct Work {
    WorkKind kind;
    Text text;
    bool ended = false;
  };
  struct Removal {
    WorkKind kind;
    std::uint64_t version;
    std::string id;
  };
  std::uint64_t version_ = 0;
  std::uint64_t models_version_ = 0;
  std::uint64_t enrollment_version_ = 0;
  std::uint64_t forgotten_version_ = 0;  // of the newest removal that is not remembered
  std::map<std::string, Work, std::less<>> work_;
  std::deque<Removal> removals_;
  Text live_;
  Text runtimes_;
};

}  // namespace b3iq::agent
