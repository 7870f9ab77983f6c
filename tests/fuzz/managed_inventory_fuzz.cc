// Any bytes as an inventory report: what is taken has one canonical form, reads back to it, and
// holds nothing that tells a place.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "protocol/messages/inventory.h"
#include "protocol/public_model_name.h"

int fuzz_managed_inventory(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq::protocol;  // NOLINT: one function
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto shown = inventory_text(body);
  B3_CHECK(!shown || (shown->size() <= kMaxInventoryTextBytes && shown->front() != '/'));
  const auto read = decode_inventory_report(body);
  if (!read.ok()) return 0;
  if (read->inventory) {
    const auto text = canonical_inventory(*read->inventory);
    const auto again = read_inventory(text);
    B3_CHECK(again.ok() && canonical_inventory(*again) == text);
    B3_CHECK(text.find("://") == std::string::npos);
  }
  if (read->readiness) {
    const auto text = canonical_readiness(*read->readiness);
    const auto again = read_readiness(text);
    B3_CHECK(again.ok() && canonical_readiness(*again) == text);
    B3_CHECK(again->models.size() == read->readiness->models.size());
    for (const auto& model : again->models) B3_CHECK(is_public_model_name(model.model_id));
  }
  B3_CHECK(decode_inventory_report(encode_inventory_report(*read)).ok());
  return 0;
}
