// How commands reach the node's setup API: over HTTP when a node serves this home, else by opening
// the home's files in this process and calling the same routes. Commands do not see the difference.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/home.h"
#include "base/result.h"
#include "http/message.h"

namespace b3iq::agent {

struct ApiAnswer {
  int status = 0;
  std::string body;
};

class ApiChannel {
 public:
  virtual ~ApiChannel() = default;
  // True when a node serves; false when the files are used directly.
  virtual bool running() const = 0;
  // An error answer of the API comes back as its error.
  virtual base::Result<ApiAnswer> call(http::Method method, std::string_view path,
                                       std::string_view body) = 0;

  static base::Result<std::unique_ptr<ApiChannel>> open(const Home& home);
};

// The Error that an error body (either shape) tells; a plain one when the body is something else.
base::Error error_of_answer(int status, std::string_view body);

}  // namespace b3iq::agent
