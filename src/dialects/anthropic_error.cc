#include "dialects/anthropic.h"
#include "dialects/said_in_openai.h"

namespace b3iq::dialects {
namespace {

std::string_view type_of_status(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 402:
      return "billing_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 503:
      return "overloaded_error";
    case 504:
      return "timeout_error";
    default:
      return status >= 500 ? "api_error" : "invalid_request_error";
  }
}

}  // namespace

std::string anthropic_error_body(const base::Error& error, std::string_view request_id) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.member("type", "error");
  w.key("error");
  w.begin_object();
  w.member("type", type_of_status(base::error_info(error.code).http_status));
  w.member("message", sentence_of(error));
  w.end_object();
  if (!request_id.empty()) w.member("request_id", request_id);
  write_problem(w, error);
  w.end_object();
  return out;
}

}  // namespace b3iq::dialects
