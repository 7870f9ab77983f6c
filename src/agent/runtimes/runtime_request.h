// What an operator asks to be added as a runtime, or tested. Strict: unknown members are refused by
// name.
#pragma once

#include <string>
#include <string_view>

#include "agent/runtimes/runtime_settings.h"
#include "base/result.h"
#include "crypto/secret.h"

namespace b3iq::agent {

inline constexpr std::size_t kMaxBaseUrlBytes = 2048;
inline constexpr std::size_t kMaxRuntimeKeyBytes = 4096;

struct RuntimeRequest {
  RuntimeSettings settings;  // without api_key_file
  crypto::Secret api_key;    // empty for none
};

// {id, kind, base_url, api_key?, max_concurrent?, profile?}. Errors: invalid_json, invalid_request
// naming the member.
base::Result<RuntimeRequest> decode_new_runtime(std::string_view body);
// {kind, base_url, api_key?, profile?}.
base::Result<RuntimeRequest> decode_runtime_test(std::string_view body);

}  // namespace b3iq::agent
