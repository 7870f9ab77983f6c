#include "agent/support/bundle_index.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/sha256.h"
#include "json/json.h"
#include "protocol/signed_document.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

Error no_index(std::string_view what) {
  return Error(ErrorCode::invalid_request,
               std::string(kBundleIndexName) +
                   " is no index of a support bundle: " + std::string(what) + ".");
}

Result<crypto::Ed25519PublicKey> read_key(json::Value root) {
  const auto raw = base::from_base64url(root.find("public_key_ed25519").string().value_or(""));
  const auto key = raw ? crypto::ed25519_public_key(*raw) : std::nullopt;
  if (!key) return no_index("its public_key_ed25519 is no key");
  if (protocol::node_id_of(*key).text() != root.find("node_id").string()) {
    return Error(ErrorCode::invalid_signature,
                 "The key in index.json is not that of the node that it names.", "node_id");
  }
  return *key;
}

Result<std::vector<IndexedPart>> read_parts(json::Value list) {
  if (!list.is_array()) return no_index("it lists no parts");
  std::vector<IndexedPart> parts;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto name = list.at(i).find("name").string();
    const auto bytes = list.at(i).find("bytes").integer();
    const auto sha256 = list.at(i).find("sha256").string();
    if (!name || !bytes || !sha256) return no_index("a part lacks name, bytes or sha256");
    parts.push_back({std::string(*name), *bytes, std::string(*sha256)});
  }
  return parts;
}

}  // namespace

IndexedPart indexed_part(std::string_view name, std::string_view content) {
  return {std::string(name), static_cast<std::int64_t>(content.size()),
          base::to_hex(crypto::sha256(content))};
}

std::string make_bundle_index(const std::vector<IndexedPart>& parts, std::int64_t now_ms,
                              const protocol::NodeIdentity& identity) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("type", kBundleIndexType);
  w.member("made_at", base::format_rfc3339(now_ms));
  w.member("node_id", identity.node_id().text());
  w.member("public_key_ed25519", base::to_base64url(identity.public_key().bytes));
  w.key("parts");
  w.begin_array();
  for (const auto& part : parts) {
    w.begin_object();
    w.member("name", part.name);
    w.member("bytes", part.bytes);
    w.member("sha256", part.sha256);
    w.end_object();
  }
  w.end_array();
  w.end_object();
  const auto document = json::Document::parse(text);
  // What was written here is an object of texts and whole numbers: it can be signed.
  return protocol::sign_document(kBundleIndexType, document->root(), identity).value();
}

Result<BundleIndex> read_bundle_index(std::string_view text) {
  TRY(const auto document, json::Document::parse(text));
  const auto root = document.root();
  if (root.find("missing")) {
    return no_index(
        "the node's key could not be read when the bundle was made, so nothing in it "
        "is signed");
  }
  if (root.find("type").string() != kBundleIndexType) return no_index("it is of another type");
  TRY(const auto key, read_key(root));
  TRY_OK(protocol::verify_document(kBundleIndexType, root, key));
  BundleIndex index;
  index.node_id = root.find("node_id").string().value_or("");
  index.made_at = root.find("made_at").string().value_or("");
  TRY(index.parts, read_parts(root.find("parts")));
  return index;
}

}  // namespace b3iq::agent
