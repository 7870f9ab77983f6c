// The public API, /v1/public/…: no credential, limited by address. Only types of
// protocol/public_network_view.h are written: api/public.json; tests/tree/layer_test.cc holds the
// includes of these files to it.
#pragma once

#include <vector>

#include "control/config/address_range.h"
#include "control/limits/address_buckets.h"
#include "control/public_api/public_answer.h"
#include "control/public_api/public_facts.h"
#include "http/router.h"

namespace b3iq::control {

// All outlive the router.
struct PublicParts {
  http::Public& level;
  PublicFacts& facts;
  PublicAnswers& answers;
  AddressBuckets& limits;
  const std::vector<AddressRange>& trusted_proxies;
};
void add_public_routes(http::Router& router, const PublicParts& parts);

inline constexpr std::int64_t kMaxPublicPage = 100;

}  // namespace b3iq::control
