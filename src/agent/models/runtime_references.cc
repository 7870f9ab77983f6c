#include "agent/models/runtime_references.h"

#include "base/bytes.h"
#include "crypto/sha256.h"

namespace b3iq::agent {
namespace {
constexpr std::string_view kSignedPrefix("b3iq-runtime-v1\0", 16);
constexpr std::size_t kCharacters = 16;
}  // namespace

std::string_view RuntimeReferences::of(std::string_view runtime_id) {
  if (const auto found = known_.find(runtime_id); found != known_.end()) return found->second;
  const std::string text = std::string(kSignedPrefix) + std::string(runtime_id);
  const auto digest = crypto::sha256(identity_.sign(base::as_bytes(text)).bytes);
  auto reference = "rt_" + base::to_base32(digest).substr(0, kCharacters);
  return known_.emplace(runtime_id, std::move(reference)).first->second;
}

}  // namespace b3iq::agent
