// When the keys in HOME/managed change: transport-keys.json, mode 0600, replaced as a whole.
//
//   {"type":"b3iq-transport-key-times-v1","renew_at_ms","bound_until_ms","old_until_ms"|null}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace b3iq::agent {

inline constexpr std::string_view kTransportKeyTimesType = "b3iq-transport-key-times-v1";
inline constexpr std::string_view kTransportKeyTimesFile = "transport-keys.json";
inline constexpr std::size_t kMaxTransportKeyTimesBytes = 1024;

// UNIX milliseconds. Zeros: nothing is known, and everything is due.
struct TransportKeyTimes {
  // Of the key's newest binding, by the control plane's clock.
  std::int64_t renew_at_ms = 0;
  std::int64_t bound_until_ms = 0;
  // When the key before it is destroyed, by this machine's clock; nothing: there is none.
  std::optional<std::int64_t> old_until_ms;
};

std::string transport_key_times_text(const TransportKeyTimes& times);
// Errors: corrupt, saying what is wrong.
base::Result<TransportKeyTimes> read_transport_key_times(std::string_view text);

// Of a binding that is valid from `from_ms` for `life_ms`: it is renewed when about three quarters
// of its life are over, each node's at another moment.
TransportKeyTimes times_of_binding(std::int64_t from_ms, std::int64_t life_ms,
                                   base::Random& random);

// A clock that went back makes neither wait for more than a binding's life, or the longest grace.
bool renewal_due(const TransportKeyTimes& times, std::int64_t now_ms);
bool old_key_due(const TransportKeyTimes& times, std::int64_t now_ms);

}  // namespace b3iq::agent
