// A model's file gets onto this machine: from an http(s) server or from another place of this
// machine, into a part file that is continued after whatever ended the last try, and is handed over
// only when it is whole, verified and synced.
#pragma once

#include <cstdint>
#include <string>

#include "agent/downloads/bandwidth.h"
#include "agent/downloads/download_types.h"
#include "base/cancel.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "base/unique_function.h"
#include "http/event_loop.h"

namespace b3iq::agent {

// Told on the loop, at most some times a second and at each change of phase.
using DownloadTold = base::UniqueFunction<void(const DownloadProgress&)>;

// Belongs to one loop, outlives its downloads, and runs as many at once as are started. Its tasks
// run to their end: to stop one, cancel it and wait.
class ModelDownload {
 public:
  // `loop` and `random` outlive it.
  explicit ModelDownload(http::EventLoop& loop, DownloadLimits limits = {},
                         DownloadNetwork network = {},
                         base::Random& random = base::system_random());

  // Receives `source` to `part_path` until it is complete, of the size and checksum that `source`
  // names, and synced; the caller renames it then, and calls forget_part_record(). The part (0600,
  // made if missing; its folder exists) is continued if it is of the same source, also by another
  // process after this one was killed at any moment.
  //
  // Errors, and what is left of the part:
  //   cancelled          within a second; kept
  //   download_failed    the server could not be reached or kept failing, after all tries; kept
  //   download_refused   the server does not give this file, or answers what cannot be trusted
  //                      (401, 403, 404, 410, forbidden redirects, a Range answered wrongly,
  //                      compressed answers, no length and no checksum, past max_bytes); kept
  //   download_mismatch  another size or checksum than `source` names; deleted
  //   storage_failed     no room on the disk, with how many bytes are missing; kept
  //   file_failed        the part cannot be used: a symbolic link, another file system's, no folder
  //   conflict           the part is being written by another download
  //   invalid_request    `source` itself, with the member as param
  base::Task<base::Result<ReceivedFile>> fetch(DownloadSource source, std::string part_path,
                                               DownloadTold on_progress, base::CancelToken cancel);

  // The same from a plain file of this machine (links are followed): as a reflink where the file
  // system can, else copied. A copy that was ended begins anew. Errors also: not_found or
  // file_failed for `from_path`; conflict when it changed meanwhile.
  base::Task<base::Result<ReceivedFile>> copy(std::string from_path, std::string part_path,
                                              DownloadTold on_progress, base::CancelToken cancel);

 private:
  http::EventLoop& loop_;
  DownloadLimits limits_;
  DownloadNetwork network_;
  base::Random& random_;
  Bandwidth bandwidth_;
};

// What a download remembers beside its part, for the next process: `part_path` + ".json". It stays
// when fetch() ends well, so that a kill before the rename costs nothing; remove it after the
// rename. Blocks for a moment on the disk.
void forget_part_record(const std::string& part_path);
// Both: for a download that nobody will continue.
void remove_part(const std::string& part_path);

}  // namespace b3iq::agent
