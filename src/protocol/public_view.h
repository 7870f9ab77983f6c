// The only types that may appear on a public or chain surface, each made field by field by a named
// function. Internal types have no JSON writer; public code includes this header and nothing else
// of the records.
//
// Never here: prompts, outputs, secrets or their hashes, customer ids, names a customer chose,
// local URLs, paths, runtime ids, tunnel details, raw TEE material. public_view_test.cc lists every
// member name that may be written.
#pragma once

#include <cstdint>
#include <string>

#include "json/json.h"

namespace b3iq::protocol {

struct SignedReceipt;

// A receipt as anybody may see and check it: all that the node signed, so that the signature can be
// verified. The content commitment says nothing about a prompt without the salt, which only the
// caller has.
struct PublicReceipt {
  std::string receipt_hash;
  std::string signed_receipt;  // canonical JSON of b3iq-receipt-v1 with its signature
};

PublicReceipt public_receipt(const SignedReceipt& receipt);
void write_json(json::Writer& writer, const PublicReceipt& receipt);

// What a node says about itself before anybody has a key for it.
struct PublicNode {
  std::string node_id;
  std::string public_key_ed25519;  // base64url
};

class NodeIdentity;
PublicNode public_node(const NodeIdentity& identity);
void write_json(json::Writer& writer, const PublicNode& node);

}  // namespace b3iq::protocol
