// How `admin` commands reach the admin API: over HTTP at --url with a credential from a file, over
// HTTP at the control plane that serves this home, or, while none serves it, by opening the home's
// database in this process and calling the same routes. Commands do not see the difference.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "control/config/control_home.h"
#include "http/message.h"

namespace b3iq::control {

struct AdminTarget {
  std::string home;      // --home; "" for the usual one
  std::string url;       // --url; "": this machine's own
  std::string key_file;  // --admin-key-file; "-": standard input
  std::string ca_file;   // --ca-file; "": the system's authorities
};

class AdminChannel {
 public:
  virtual ~AdminChannel() = default;

  // A whole answer's body. An error answer comes back as its error.
  base::Result<std::string> call(http::Method method, std::string_view path, std::string_view body);
  // The same in pieces, as they come.
  using Sink = std::function<base::Status(std::string_view piece)>;
  virtual base::Status stream(http::Method method, std::string_view path, std::string_view body,
                              const Sink& sink) = 0;

  // Errors: config_invalid when --url has no credential, or would send it unencrypted; those of
  // opening the home.
  static base::Result<std::unique_ptr<AdminChannel>> open(const AdminTarget& target);
};

// The error that a native error body tells.
base::Error error_of_admin_answer(int status, std::string_view body);

}  // namespace b3iq::control
