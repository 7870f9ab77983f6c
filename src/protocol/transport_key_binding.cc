#include "protocol/transport_key_binding.h"

#include "base/check.h"
#include "base/clock.h"
#include "protocol/document_writer.h"
#include "protocol/member_reader.h"
#include "protocol/signed_document.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kWhat = "A transport-key binding";

std::string document_of(const TransportKeyBinding& binding) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.member("type", kTransportKeyBindingType);
  w.member("node_id", binding.node_id.text());
  write_bytes(w, "public_key_ed25519", binding.public_key_ed25519.bytes);
  w.member("key_id", binding.key_id.text());
  write_bytes(w, "public_key_x25519", binding.public_key_x25519.bytes);
  write_time(w, "not_before", binding.not_before_ms);
  write_time(w, "not_after", binding.not_after_ms);
  if (binding.attestation_report_hash)
    write_bytes(w, "attestation_report_hash", *binding.attestation_report_hash);
  w.end_object();
  return out;
}

base::Error not_right(std::string_view member, std::string what) {
  return base::Error(base::ErrorCode::invalid_signature,
                     "The transport-key binding " + std::move(what) +
                         " Seal nothing to this key; ask the node's operator.",
                     std::string(member));
}

base::Error not_in_time(std::string_view member, std::string what) {
  return base::Error(base::ErrorCode::invalid_request,
                     "The transport-key binding " + std::move(what) +
                         " Fetch the node's current binding, and look at this machine's clock.",
                     std::string(member));
}

}  // namespace

SignedTransportKeyBinding bind_transport_key(const NodeIdentity& identity,
                                             const crypto::X25519PublicKey& key,
                                             std::int64_t not_before_ms, std::int64_t life_ms) {
  B3_CHECK(life_ms > 0 && life_ms <= kMaxTransportKeyLifeMs);
  SignedTransportKeyBinding out;
  out.binding.node_id = identity.node_id();
  out.binding.public_key_ed25519 = identity.public_key();
  out.binding.key_id = transport_key_id_of(key);
  out.binding.public_key_x25519 = key;
  out.binding.not_before_ms = not_before_ms;
  out.binding.not_after_ms = not_before_ms + life_ms;
  const std::string document = canonical_text(document_of(out.binding));
  std::string bytes(kTransportKeyBindingType);
  bytes.push_back('\0');
  out.signature = identity.sign(base::as_bytes(bytes.append(document)));
  return out;
}

std::string encode_transport_key_binding(const SignedTransportKeyBinding& signed_binding) {
  std::string out = document_of(signed_binding.binding);
  out.pop_back();
  out.append(",\"").append(kSignatureMember).append("\":\"");
  out.append(base::to_base64url(signed_binding.signature.bytes)).append("\"}");
  return canonical_text(out);
}

base::Result<SignedTransportKeyBinding> decode_transport_key_binding(json::Value value) {
  TRY(auto in, MemberReader::open(value, kWhat));
  TRY(const auto type, in.text("type"));
  if (type != kTransportKeyBindingType) return in.refused("type", "must be b3iq-transport-key-v1");
  SignedTransportKeyBinding out;
  TransportKeyBinding& binding = out.binding;
  TRY(binding.node_id, in.id<NodeId>("node_id"));
  TRY(binding.public_key_ed25519.bytes, in.bytes<32>("public_key_ed25519"));
  TRY(binding.key_id, in.id<TransportKeyId>("key_id"));
  TRY(binding.public_key_x25519.bytes, in.bytes<32>("public_key_x25519"));
  TRY(binding.not_before_ms, in.time("not_before"));
  TRY(binding.not_after_ms, in.time("not_after"));
  if (in.has("attestation_report_hash")) {
    TRY(binding.attestation_report_hash, in.bytes<32>("attestation_report_hash"));
  }
  TRY(out.signature.bytes, in.bytes<64>(kSignatureMember));
  TRY_OK(in.done());
  if (binding.not_after_ms <= binding.not_before_ms)
    return in.refused("not_after", "must lie behind not_before");
  if (binding.not_after_ms - binding.not_before_ms > kMaxTransportKeyLifeMs)
    return in.refused("not_after", "lies more than 366 days behind not_before");
  return out;
}

base::Status verify_transport_key_binding(const SignedTransportKeyBinding& signed_binding,
                                          const NodeId& node_id, std::int64_t now_ms) {
  const TransportKeyBinding& binding = signed_binding.binding;
  if (binding.node_id != node_id) return not_right("node_id", "is another node's.");
  if (node_id_of(binding.public_key_ed25519) != node_id)
    return not_right("public_key_ed25519", "has a key that is not the node's.");
  if (transport_key_id_of(binding.public_key_x25519) != binding.key_id)
    return not_right("key_id", "has a key_id that is not that of its key.");
  std::string bytes(kTransportKeyBindingType);
  bytes.push_back('\0');
  bytes.append(canonical_text(document_of(binding)));
  if (!crypto::ed25519_verify(binding.public_key_ed25519, base::as_bytes(bytes),
                              signed_binding.signature))
    return not_right(kSignatureMember, "has a signature that does not verify.");
  if (now_ms + kTransportKeySkewMs < binding.not_before_ms) {
    return not_in_time("not_before",
                       "is not valid before " + base::format_rfc3339(binding.not_before_ms) + ".");
  }
  if (now_ms >= binding.not_after_ms) {
    return not_in_time("not_after",
                       "was valid until " + base::format_rfc3339(binding.not_after_ms) + ".");
  }
  return {};
}

}  // namespace b3iq::protocol
