// What the routes that call models share: the body's type, and answers that carry the key's limits.
#pragma once

#include "agent/local_api/model_call.h"
#include "http/router.h"

namespace b3iq::agent {

// unsupported_media_type unless the body is declared as JSON.
base::Status check_json_type(const http::Request& request);

// Whose request is refused before it is a call, and what is known of it by then.
struct RefusedRequest {
  const http::Request& request;
  const Principal& principal;
  std::string_view model = "";  // the node's own name
  bool streamed = false;
};
// Tells the request log of it. Calls that were accepted tell their own end.
void note_refusal(ChatContext& context, const RefusedRequest& refused, const base::Error& error);
// The result as it is; an error is a refusal.
template <class T>
base::Result<T> noted(ChatContext& context, const RefusedRequest& refused, base::Result<T> result) {
  if (!result.ok()) note_refusal(context, refused, result.error());
  return result;
}

// x-ratelimit-* headers of the caller's key.
void add_rate_limits(ChatContext& context, const Principal& principal, http::Response& response);

// Clients wait by the rate-limit headers of a 429, so the answer is made here, where the key is
// known.
http::Response refused(ChatContext& context, http::ErrorRenderer errors,
                       const http::Request& request, const Principal& principal,
                       const base::Error& error);

}  // namespace b3iq::agent
