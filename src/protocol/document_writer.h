// Canonical texts of the wire's objects: write them with a json::Writer in any order, then bring
// them into form. For this module's encoders, whose values are checked or clamped: what cannot be
// in a canonical document is a bug here, never an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/ed25519.h"
#include "json/json.h"
#include "protocol/identity.h"

namespace b3iq::protocol {

inline constexpr std::int64_t kLargestWireInteger = (std::int64_t{1} << 53) - 1;

// Brought into ±(2^53-1).
std::int64_t wire_integer(std::int64_t value);

// RFC 8785 form of a JSON text that a Writer made.
std::string canonical_text(std::string_view json);
// The same, signed as a document of `type`; `json` has the type member.
std::string signed_text(std::string_view type, std::string_view json,
                        const crypto::Ed25519SecretKey& key);
std::string signed_text(std::string_view type, std::string_view json, const NodeIdentity& identity);

void write_time(json::Writer& writer, std::string_view name, std::int64_t wall_ms);
void write_bytes(json::Writer& writer, std::string_view name, base::ByteView bytes);
void write_integer(json::Writer& writer, std::string_view name, std::int64_t value);
// null for nullopt.
void write_nullable(json::Writer& writer, std::string_view name, std::optional<std::int64_t> value);
void write_nullable(json::Writer& writer, std::string_view name, std::optional<bool> value);
void write_nullable(json::Writer& writer, std::string_view name,
                    const std::optional<std::string>& value);

}  // namespace b3iq::protocol
