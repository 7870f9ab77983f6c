// Whether there is a newer version of this program: asked only when somebody wants to know, and
// nothing is ever fetched or installed for it. The highest version that was ever seen signed is
// kept in HOME/updates.json: an older one that is offered later is refused. Loop thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/home.h"
#include "agent/updates/update_settings.h"
#include "agent/upkeep/side_thread.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/task.h"
#include "http/client.h"
#include "protocol/release_manifest.h"

namespace b3iq::agent {

inline constexpr std::int64_t kUpdateCheckMs = 10'000;  // the whole of it

// What the manifests that were right have said.
struct UpdateState {
  protocol::ReleaseVersion floor;
  std::optional<std::string> latest;
  std::string notes_url;
};

struct UpdateReport {
  std::string current;
  bool configured = false;
  std::optional<std::int64_t> checked_at_ms;  // by this process, or of what `latest` is from
  std::optional<std::string> latest;
  bool newer = false;  // than current
  std::string notes_url;
  std::optional<base::Error> error;  // of the last check
};

class UpdateService {
 public:
  struct Needs {
    Home home;
    UpdateSettings settings;
    std::string version;  // of this program
    const std::uint16_t& own_port;
    const base::Clock& clock;
    http::EventLoop& loop;
  };
  explicit UpdateService(Needs needs) : needs_(std::move(needs)) {}

  // Before the loop runs; blocks. A file that cannot be read counts as none, and is logged.
  void load();
  UpdateReport report() const;
  // A check that gives nothing is told in the report. Errors: conflict while another one runs.
  base::Task<base::Result<UpdateReport>> check(base::CancelToken cancel);
  bool idle() const { return thread_.idle(); }

 private:
  base::Task<base::Result<protocol::ReleaseManifest>> ask(base::CancelToken cancel);
  base::Task<base::Status> take(const protocol::ReleaseManifest& manifest);

  Needs needs_;
  UpdateState state_;
  std::optional<std::int64_t> checked_at_ms_;
  std::optional<base::Error> error_;
  bool is_checking_ = false;
  SideThread thread_;
};

// The platform that this program was built for, as manifests call it.
std::string_view release_platform();
inline constexpr std::string_view kReleaseProduct = "b3iq-host";

}  // namespace b3iq::agent
