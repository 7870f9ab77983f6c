// One download from its first byte to its verified end, over as many tries as it takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/downloads/bandwidth.h"
#include "agent/downloads/download_types.h"
#include "agent/downloads/download_url.h"
#include "agent/downloads/part_file.h"
#include "agent/downloads/progress_report.h"
#include "agent/downloads/redirecting_client.h"
#include "agent/downloads/retry_schedule.h"
#include "base/cancel.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "http/event_loop.h"

namespace b3iq::agent {

// Waits are cut into steps of this length, after which a cancel is seen.
inline constexpr std::int64_t kCancelStepMs = 200;

// What all downloads of a loop share.
struct FetchSetting {
  http::EventLoop& loop;
  const DownloadLimits& limits;
  const DownloadNetwork& network;
  base::Random& random;
  Bandwidth& bandwidth;
};

// One loop. Whatever it is given outlives it.
class FetchJob {
 public:
  // `url`: of `source`, parsed.
  FetchJob(const FetchSetting& setting, const DownloadSource& source, DownloadUrl url,
           PartFile& part, ProgressReport& report, base::CancelToken cancel);

  // Errors as ModelDownload::fetch; the part stays in each case.
  base::Task<base::Result<ReceivedFile>> run();

 private:
  // What an answer promises of its body.
  struct Body {
    std::optional<std::int64_t> end;  // where in the file it ends
    bool whole = false;               // it is all of the file
    bool chunked = false;             // its end is marked, but not announced
  };

  base::Task<base::Status> continue_part();
  base::Task<base::Status> one_try();
  base::Task<base::Result<Body>> begin_whole(const DownloadAnswer& answer);
  base::Task<base::Result<Body>> begin_rest(const DownloadAnswer& answer);
  base::Task<base::Status> receive(DownloadAnswer& answer, Body body);
  base::Task<base::Result<ReceivedFile>> finish();
  base::Task<bool> pause(std::int64_t ms);

  base::Status check_total(std::int64_t bytes) const;
  base::Status check_same_file(const DownloadAnswer& answer);
  // After the last piece.
  base::Status check_end(const DownloadUrl& url, const Body& body) const;
  // What came is of no use: the next try begins at byte 0.
  base::Error start_over(const DownloadUrl& url, std::string_view why);
  bool can_continue() const;
  std::optional<std::int64_t> total() const;
  bool whole() const;

  FetchSetting setting_;
  const DownloadSource& source_;
  DownloadUrl url_;
  PartFile& part_;
  ProgressReport& report_;
  base::CancelToken cancel_;
  RedirectingClient client_;
  RetrySchedule retries_;
  std::int64_t offset_ = 0;                 // of the next request; 0: the whole file is asked for
  std::optional<std::int64_t> told_total_;  // by a 206
  int restarts_ = 0;
};

}  // namespace b3iq::agent
