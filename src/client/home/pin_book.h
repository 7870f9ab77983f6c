// The pins of a running program, and their file.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "client/home/pins.h"

namespace b3iq::client {

// Several programs may share one file: it is locked, read again and replaced as a whole for each
// addition. Blocks for that file alone; what is known already costs no file. One thread.
class PinBook {
 public:
  // Called with a sentence for people when something is remembered at first use.
  using Notice = std::function<void(const std::string& sentence)>;

  // `own`: the file that is added to (need not be there). `given`: a file that is only read and
  // that alone counts, or "". Errors: not_found, file_failed, config_invalid (what is wrong in the
  // file).
  static base::Result<PinBook> open(std::string own, const std::string& given, Notice notice);

  // Errors: those of pin_node, pin_log; file_failed.
  base::Status check_node(const protocol::TransportKeyBinding& binding, std::int64_t now_ms);
  base::Status check_log(const std::string& url, const protocol::ControlPlaneId& id,
                         const protocol::NoteVerifier& log, std::int64_t now_ms);
  // Removes the node or control plane; not_found when there is none.
  base::Status forget(const std::string& id_or_url);

  const Pins& pins() const { return pins_; }

 private:
  PinBook(std::string path, FirstUse first_use, Notice notice, Pins pins)
      : path_(std::move(path)),
        first_use_(first_use),
        notice_(std::move(notice)),
        pins_(std::move(pins)) {}

  using Change = std::function<base::Result<PinChange>(Pins&)>;
  base::Result<PinChange> apply(const Change& change);
  base::Result<PinChange> change_file(const Change& change);

  std::string path_;
  FirstUse first_use_;
  Notice notice_;
  Pins pins_;
};

}  // namespace b3iq::client
