// Ids as types of their own, so that one cannot be passed for another. All ids are ASCII.
//
//   node id            = "b3n_" 32 base32      (20 bytes)
//   control plane id   = "b3c_" 32 base32      (20 bytes)
//   transport key id   = "b3x_" 16 base32      (10 bytes)
//   record id          = prefix ULID           ("job_", "cmd_", ...; Crockford base32, upper case)
//   client job id      = 1*64 of A-Z a-z 0-9 "_" "-"
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace b3iq::protocol {

// The forms, checked at compile time by use as a template argument. kHash: base32 of `bytes` bytes;
// kUlid; kClient.
enum class IdForm : std::uint8_t { hash, ulid, client };

struct NodeIdRule {
  static constexpr IdForm kForm = IdForm::hash;
  static constexpr std::string_view kPrefix = "b3n_";
  static constexpr std::string_view kName = "node id";
  static constexpr std::size_t kBytes = 20;
};
struct ControlPlaneIdRule {
  static constexpr IdForm kForm = IdForm::hash;
  static constexpr std::string_view kPrefix = "b3c_";
  static constexpr std::string_view kName = "control plane id";
  static constexpr std::size_t kBytes = 20;
};
struct TransportKeyIdRule {
  static constexpr IdForm kForm = IdForm::hash;
  static constexpr std::string_view kPrefix = "b3x_";
  static constexpr std::string_view kName = "transport key id";
  static constexpr std::size_t kBytes = 10;
};

// Private to this header and ids.cc.
namespace detail {
bool valid_hash_id(std::string_view text, std::string_view prefix, std::size_t bytes);
bool valid_record_id(std::string_view text, std::string_view prefix);
bool valid_client_id(std::string_view text);
base::Error id_refused(std::string_view name, std::string_view prefix);
}  // namespace detail

// A checked id. A default one is empty and stands for "none".
template <class Rule>
class Id {
 public:
  Id() = default;
  // Errors: invalid_request, naming the kind of id and its form.
  static base::Result<Id> parse(std::string_view text) {
    if (!valid(text)) return detail::id_refused(Rule::kName, Rule::kPrefix);
    return Id(std::string(text));
  }
  static bool valid(std::string_view text) {
    if constexpr (Rule::kForm == IdForm::hash) {
      return detail::valid_hash_id(text, Rule::kPrefix, Rule::kBytes);
    } else if constexpr (Rule::kForm == IdForm::ulid) {
      return detail::valid_record_id(text, Rule::kPrefix);
    } else {
      return detail::valid_client_id(text);
    }
  }
  // For records: a new id, or the id of a ULID that is at hand.
  static Id make(std::int64_t wall_ms, base::Random& random)
    requires(Rule::kForm == IdForm::ulid)
  {
    return from_ulid(base::make_ulid(wall_ms, random));
  }
  static Id from_ulid(std::string_view ulid)
    requires(Rule::kForm == IdForm::ulid)
  {
    std::string text(Rule::kPrefix);
    text.append(ulid);
    return Id(std::move(text));
  }
  // For the functions that derive an id from a key (identity.h): `text` is known to be well formed.
  static Id trusted(std::string text) { return Id(std::move(text)); }

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  friend bool operator==(const Id&, const Id&) = default;
  friend std::strong_ordering operator<=>(const Id&, const Id&) = default;

 private:
  explicit Id(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// NOLINTBEGIN(bugprone-macro-parentheses): `type` is a name, which takes none.
#define B3_RECORD_ID(type, prefix, name)                \
  struct type##Rule {                                   \
    static constexpr IdForm kForm = IdForm::ulid;       \
    static constexpr std::string_view kPrefix = prefix; \
    static constexpr std::string_view kName = name;     \
  };                                                    \
  using type = Id<type##Rule>
B3_RECORD_ID(JobId, "job_", "job id");
B3_RECORD_ID(CommandId, "cmd_", "command id");
B3_RECORD_ID(CustomerId, "cus_", "customer id");
B3_RECORD_ID(EntryId, "ent_", "ledger entry id");
B3_RECORD_ID(PayoutId, "pay_", "payout id");
B3_RECORD_ID(BatchId, "bat_", "payout batch id");
B3_RECORD_ID(ApprovalId, "apr_", "approval id");
B3_RECORD_ID(EventId, "evt_", "event id");
#undef B3_RECORD_ID
// NOLINTEND(bugprone-macro-parentheses)

struct ClientJobIdRule {
  static constexpr IdForm kForm = IdForm::client;
  static constexpr std::string_view kPrefix;
  static constexpr std::string_view kName = "client job id";
};

using NodeId = Id<NodeIdRule>;
using ControlPlaneId = Id<ControlPlaneIdRule>;
using TransportKeyId = Id<TransportKeyIdRule>;
using ClientJobId = Id<ClientJobIdRule>;

}  // namespace b3iq::protocol

template <class Rule>
struct std::hash<b3iq::protocol::Id<Rule>> {
  std::size_t operator()(const b3iq::protocol::Id<Rule>& id) const {
    return std::hash<std::string>()(id.text());
  }
};
