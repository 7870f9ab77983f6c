// The signed index of a support bundle: what was in it when it was made, and which node made it.
//
//   index = {"type":"b3iq-support-bundle-index-v1","made_at","node_id","public_key_ed25519",
//            "parts":[{"name","bytes","sha256"}…],"signature_ed25519"}
//
// A signed document (protocol/signed_document.h). It names every other file of the archive, in
// order; sha256 is lower-case hex. It says that the parts are those that this node put together,
// not that what they tell is true.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/identity.h"

namespace b3iq::agent {

inline constexpr std::string_view kBundleIndexName = "index.json";
inline constexpr std::string_view kBundleIndexType = "b3iq-support-bundle-index-v1";

struct IndexedPart {
  std::string name;
  std::int64_t bytes = 0;
  std::string sha256;
  friend bool operator==(const IndexedPart&, const IndexedPart&) = default;
};
IndexedPart indexed_part(std::string_view name, std::string_view content);

std::string make_bundle_index(const std::vector<IndexedPart>& parts, std::int64_t now_ms,
                              const protocol::NodeIdentity& identity);

// An index whose signature is that of the node it names.
struct BundleIndex {
  std::string node_id;
  std::string made_at;
  std::vector<IndexedPart> parts;
};
// Errors: invalid_json, invalid_request, invalid_signature; each says what is wrong.
base::Result<BundleIndex> read_bundle_index(std::string_view text);

}  // namespace b3iq::agent
