// Byte strings and their text forms. All decoders are strict: one spelling per value.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace b3iq::base {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// base64url without padding (RFC 4648 section 5). The decoder refuses padding, white space and
// non-zero trailing bits.
std::string to_base64url(ByteView bytes);
std::optional<Bytes> from_base64url(std::string_view text);

// Standard base64 with padding (RFC 4648 section 4), as HTTP digests and signatures use it.
std::string to_base64(ByteView bytes);
std::optional<Bytes> from_base64(std::string_view text);

// Lower-case hexadecimal. The decoder takes lower case only.
std::string to_hex(ByteView bytes);
void append_hex(std::string& out, ByteView bytes);
std::optional<Bytes> from_hex(std::string_view text);

// Lower-case RFC 4648 base32 without padding.
std::string to_base32(ByteView bytes);

// True when equal; time depends on the length alone.
bool equal_constant_time(ByteView a, ByteView b);

// True when `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool valid_utf8(std::string_view text);

}  // namespace b3iq::base
