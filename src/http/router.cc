#include "http/router.h"

#include "base/check.h"

namespace b3iq::http {
namespace {

// Does `path` have the form of `pattern`? Fills the values of its {name} parts.
bool matches(std::string_view pattern, std::string_view path,
             std::vector<std::string_view>& values) {
  values.clear();
  while (!pattern.empty()) {
    if (pattern.front() != '{') {
      const auto literal = pattern.substr(0, pattern.find('{'));
      if (path.substr(0, literal.size()) != literal) return false;
      pattern.remove_prefix(literal.size());
      path.remove_prefix(literal.size());
      continue;
    }
    const auto close = pattern.find('}');
    if (pattern[close - 1] == '*') {
      values.push_back(path);
      return true;
    }
    const auto segment = path.substr(0, path.find('/'));
    if (segment.empty()) return false;
    values.push_back(segment);
    path.remove_prefix(segment.size());
    pattern.remove_prefix(close + 1);
  }
  return path.empty();
}

void append_method(std::string& list, Method method) {
  const auto add = [&list](std::string_view name) {
    if (!list.empty()) list += ", ";
    list += name;
  };
  add(method_name(method));
  if (method == Method::get) add(method_name(Method::head));
}

}  // namespace

void Router::add_route(Route route) {
  B3_CHECK(!route.pattern.empty() && route.pattern.front() == '/');
  B3_CHECK(!route.operation_id.empty() && !route.auth_level.empty());
  for (const auto& other : routes_)
    B3_CHECK(other.method != route.method || other.pattern != route.pattern);
  const bool is_exact = route.pattern.find('{') == std::string::npos;
  (is_exact ? exact_ : patterned_).push_back(routes_.size());
  routes_.push_back(std::move(route));
}

Router::Match Router::match(Request& request) const {
  Match result;
  const Method wanted = request.method == Method::head ? Method::get : request.method;
  request.path_parameters.clear();
  const auto consider = [&](const Route& route) {
    result.path_known = true;
    if (route.method == wanted) {
      result.route = &route;
    } else {
      append_method(result.allowed_methods, route.method);
    }
    return result.route != nullptr;
  };
  for (const auto index : exact_) {
    const Route& route = routes_[index];
    if (route.pattern == request.path && consider(route)) return result;
  }
  for (const auto index : patterned_) {
    const Route& route = routes_[index];
    if (matches(route.pattern, request.path, request.path_parameters) && consider(route))
      return result;
  }
  request.path_parameters.clear();
  return result;
}

}  // namespace b3iq::http
