// The proxy as a whole: one loop, one server on a loopback address, the customer's jobs behind it.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "client/control_plane/plane_access.h"
#include "client/home/customer_home.h"
#include "client/home/pin_book.h"
#include "client/proxy/proxy_routes.h"
#include "http/server.h"

namespace b3iq::client {

inline constexpr std::string_view kDefaultProxyListen = "127.0.0.1:8832";

struct ProxySettings {
  std::string listen = std::string(kDefaultProxyListen);
  ProxyRules rules;
};

class ProxyApp {
 public:
  // Errors: config_invalid for an address that is not loopback.
  static base::Result<std::unique_ptr<ProxyApp>> open(ProxySettings settings, CustomerAccess access,
                                                      PinBook pins, ProxyToken token);
  ~ProxyApp();

  // Whether the control plane is the one that is pinned; before listen(), blocks. One that does
  // not answer now is asked with the first request.
  base::Status check_control_plane();
  base::Status listen();
  const std::string& url() const { return url_; }
  std::uint16_t port() const { return server_->port(); }

  http::EventLoop& loop() { return loop_; }
  void run() { loop_.run(); }
  // Cancels what is open and stops the loop. Loop thread.
  base::Task<void> drain();

 private:
  ProxyApp(ProxySettings settings, http::ListenAddress listen, CustomerAccess access, PinBook pins,
           const ProxyToken& token);

  http::ListenAddress listen_;
  CustomerAccess access_;
  PinBook pins_;
  ProxyAuth auth_;
  http::EventLoop loop_;
  CustomerApi api_;
  CustomerJobs jobs_;
  ProxyRoutes routes_;
  http::Router router_;
  std::unique_ptr<http::Server> server_;
  std::string url_;
};

}  // namespace b3iq::client
