#include "protocol/document_writer.h"

#include <algorithm>

#include "base/check.h"
#include "base/clock.h"
#include "protocol/signed_document.h"

namespace b3iq::protocol {
namespace {

constexpr std::int64_t kLatestWireMs = 253'402'300'799'999;  // the end of the year 9999

json::Document parsed(std::string_view json) {
  auto document = json::Document::parse(json);
  B3_CHECK(document.ok());
  return std::move(document).value();
}

template <class Signer>
std::string signed_with(std::string_view type, std::string_view json, const Signer& signer) {
  const json::Document document = parsed(json);
  auto text = sign_document(type, document.root(), signer);
  B3_CHECK(text.ok());
  return std::move(text).value();
}

}  // namespace

std::int64_t wire_integer(std::int64_t value) {
  return std::clamp(value, -kLargestWireInteger, kLargestWireInteger);
}

std::string canonical_text(std::string_view json) {
  const json::Document document = parsed(json);
  auto text = json::canonical(document.root());
  B3_CHECK(text.ok());
  return std::move(text).value();
}

std::string signed_text(std::string_view type, std::string_view json,
                        const crypto::Ed25519SecretKey& key) {
  return signed_with(type, json, key);
}

std::string signed_text(std::string_view type, std::string_view json,
                        const NodeIdentity& identity) {
  return signed_with(type, json, identity);
}

void write_time(json::Writer& writer, std::string_view name, std::int64_t wall_ms) {
  writer.member(
      name, std::string_view(base::rfc3339(std::clamp<std::int64_t>(wall_ms, 0, kLatestWireMs))));
}

void write_bytes(json::Writer& writer, std::string_view name, base::ByteView bytes) {
  writer.member(name, base::to_base64url(bytes));
}

void write_integer(json::Writer& writer, std::string_view name, std::int64_t value) {
  writer.member(name, wire_integer(value));
}

void write_nullable(json::Writer& writer, std::string_view name,
                    std::optional<std::int64_t> value) {
  if (value) return write_integer(writer, name, *value);
  writer.key(name);
  writer.null();
}

void write_nullable(json::Writer& writer, std::string_view name, std::optional<bool> value) {
  writer.key(name);
  value ? writer.value(*value) : writer.null();
}

void write_nullable(json::Writer& writer, std::string_view name,
                    const std::optional<std::string>& value) {
  writer.key(name);
  value ? writer.value(*value) : writer.null();
}

}  // namespace b3iq::protocol
