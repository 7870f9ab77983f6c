// Routes. A route cannot exist without an operation id and an auth level: its handler's type names
// the principal it gets.
//
// An auth policy is a type with
//   struct Principal;                                   what the handler receives
//   static constexpr std::string_view kLevel;           e.g. "public", "local_key"
//   base::Result<Principal> authenticate(const Request&);   errors become the answer
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace b3iq::http {

template <class A>
concept AuthPolicy = requires(A auth, const Request& request) {
  typename A::Principal;
  { A::kLevel } -> std::convertible_to<std::string_view>;
  { auth.authenticate(request) } -> std::same_as<base::Result<typename A::Principal>>;
};

// The level of routes that anyone who passes the node's Host and Origin checks may call.
struct Public {
  struct Principal {};
  static constexpr std::string_view kLevel = "public";
  base::Result<Principal> authenticate(const Request&) { return Principal{}; }
};

struct Route {
  Method method;
  std::string
      pattern;  // "/v1/models/{model}"; a {name} part matches one segment, "{name*}" the rest
  std::string operation_id;
  std::string auth_level;
  std::size_t max_body_bytes = 0;
  std::function<base::Task<Response>(Request&)> handler;
  // Whether the caller may use the route, from the header alone: asked before a body that is still
  // on its way is read. The handler asks again when the body is there: a key may have been revoked
  // meanwhile, and the answer costs one hash and one look-up.
  std::function<base::Status(const Request&)> admits;
};

// How an error of a route becomes an answer: the OpenAI shape or the native one.
using ErrorRenderer = Response (*)(const base::Error& error, const Request& request);

class Router {
 public:
  explicit Router(ErrorRenderer fallback_errors) : fallback_errors_(fallback_errors) {}

  // Registers a route. `auth` outlives the router. `handler`: Task<Result<Response>>(Request&,
  // const Auth::Principal&).
  template <AuthPolicy Auth, class F>
  void add(Method method, std::string_view pattern, std::string_view operation_id, Auth& auth,
           ErrorRenderer errors, std::size_t max_body_bytes, F handler) {
    Route route{method,
                std::string(pattern),
                std::string(operation_id),
                std::string(Auth::kLevel),
                max_body_bytes,
                {}};
    route.handler = [&auth, errors,
                     handler = std::move(handler)](Request& request) -> base::Task<Response> {
      return guarded(auth, errors, handler, request);
    };
    route.admits = [&auth](const Request& request) -> base::Status {
      auto principal = auth.authenticate(request);
      if (!principal.ok()) return std::move(principal).error();
      return {};
    };
    add_route(std::move(route));
  }

  struct Match {
    const Route* route = nullptr;
    bool path_known = false;      // some other method exists on this path
    std::string allowed_methods;  // for the Allow header, when path_known and no route
  };
  // HEAD matches a GET route. Fills request.path_parameters.
  Match match(Request& request) const;

  const std::vector<Route>& routes() const { return routes_; }
  ErrorRenderer fallback_errors() const { return fallback_errors_; }

 private:
  void add_route(Route route);

  template <class Auth, class F>
  static base::Task<Response> guarded(Auth& auth, ErrorRenderer errors, const F& handler,
                                      Request& request) {
    auto principal = auth.authenticate(request);
    if (!principal.ok()) co_return errors(principal.error(), request);
    auto task = handler(request, principal.value());
    auto result = co_await std::move(task);
    if (!result.ok()) co_return errors(result.error(), request);
    co_return std::move(result).value();
  }

  ErrorRenderer fallback_errors_;
  std::vector<Route> routes_;
  std::vector<std::size_t> exact_;      // routes without {name}, tried first
  std::vector<std::size_t> patterned_;  // the others, in order of registration
};

}  // namespace b3iq::http
