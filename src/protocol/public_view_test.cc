// The exact names that public surfaces may show. A new name here is a decision about privacy, not a
// test to be adapted.
#include "protocol/public_view.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "protocol/identity.h"
#include "protocol/receipt.h"

namespace b3iq::protocol {
namespace {

void collect(json::Value value, const std::string& path, std::set<std::string>& names) {
  for (std::size_t i = 0; i < value.size() && value.is_object(); ++i) {
    const auto member = value.member(i);
    const std::string name =
        path.empty() ? std::string(member.name) : path + "." + std::string(member.name);
    names.insert(name);
    collect(member.value, name, names);
  }
}

std::set<std::string> names_of(const std::string& text) {
  std::set<std::string> names;
  auto document = json::Document::parse(text);
  EXPECT_TRUE(document.ok());
  if (document.ok()) collect(document->root(), "", names);
  return names;
}

TEST(PublicView, AReceiptShowsTheseNamesAlone) {
  const auto identity = NodeIdentity::generate(base::system_random());
  SignedReceipt signed_receipt;
  Receipt& receipt = signed_receipt.receipt;
  receipt.node_id = identity.node_id();
  receipt.job_id = JobId::make(1, base::system_random());
  receipt.model_id = receipt.model_profile_id = receipt.runtime_kind = "x";
  receipt.policy_version = "1";
  receipt.tee_attestation_hash.emplace();
  const auto encoded = encode_receipt(receipt);
  signed_receipt.signature = sign_receipt(encoded.document, identity);
  std::string text;
  json::Writer writer(text);
  write_json(writer, public_receipt(signed_receipt));
  EXPECT_EQ(names_of(text), (std::set<std::string>{"receipt_hash",
                                                   "receipt",
                                                   "receipt.type",
                                                   "receipt.node_id",
                                                   "receipt.job_id",
                                                   "receipt.model_id",
                                                   "receipt.model_profile_id",
                                                   "receipt.runtime_kind",
                                                   "receipt.dispatch_mode",
                                                   "receipt.privacy_class",
                                                   "receipt.usage",
                                                   "receipt.usage.prompt_tokens",
                                                   "receipt.usage.completion_tokens",
                                                   "receipt.usage.total_tokens",
                                                   "receipt.policy_version",
                                                   "receipt.started_at",
                                                   "receipt.completed_at",
                                                   "receipt.finish",
                                                   "receipt.content_commitment",
                                                   "receipt.tee_attestation_hash",
                                                   "receipt.signature_ed25519"}));
  // Anybody can check it from what is shown.
  auto document = json::Document::parse(text);
  const auto shown = decode_receipt(document->root().find("receipt"));
  ASSERT_TRUE(shown.ok());
  EXPECT_TRUE(verify_receipt(*shown, identity.public_key()).ok());
  EXPECT_EQ(document->root().find("receipt_hash").string(), receipt_hash_text(encoded.hash));
}

TEST(PublicView, ANodeShowsTheseNamesAlone) {
  const auto identity = NodeIdentity::generate(base::system_random());
  std::string text;
  json::Writer writer(text);
  write_json(writer, public_node(identity));
  EXPECT_EQ(names_of(text), (std::set<std::string>{"node_id", "public_key_ed25519"}));
}

// Records of the inside have no writer: only a type of public_view.h can be written.
template <class T>
concept Writable = requires(json::Writer& w, const T& value) { write_json(w, value); };
static_assert(Writable<PublicReceipt> && Writable<PublicNode>);
static_assert(!Writable<Receipt> && !Writable<SignedReceipt> && !Writable<NodeIdentity>);

}  // namespace
}  // namespace b3iq::protocol
