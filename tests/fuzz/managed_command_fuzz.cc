// First byte: a poll, the arguments of one of the ten kinds, or a result (signed by the key of
// RFC 8032's first test, as the corpus is).
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "protocol/messages/command_result.h"
#include "protocol/messages/poll.h"
#include "protocol/public_model_name.h"

namespace {

using namespace b3iq::protocol;  // NOLINT: one target

void arguments_of(CommandKind kind, std::string_view text) {
  const auto read = decode_arguments(kind, text);
  if (!read.ok()) return;
  B3_CHECK(kind_of(*read) == kind);
  const auto again = encode_arguments(*read);
  B3_CHECK(encode_arguments(decode_arguments(kind, again).value()) == again);
  if (const auto* remove = std::get_if<ModelRemoveArguments>(&*read))
    B3_CHECK(is_public_model_name(remove->model_id));
  if (const auto* install = std::get_if<ModelInstallArguments>(&*read))
    B3_CHECK(install->catalogue_id.find('/') == std::string::npos);
}

void poll_of(std::string_view text) {
  const auto read = decode_poll(text);
  if (!read.ok()) return;
  B3_CHECK(read->held.size() <= kMaxHeldCommands && read->kinds.size() <= kCommandKinds);
  const auto again = encode_poll(*read);
  B3_CHECK(encode_poll(decode_poll(again).value()) == again);
}

void result_of(std::string_view text) {
  constexpr std::string_view kKey =
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
  const auto key = b3iq::crypto::ed25519_public_key(*b3iq::base::from_hex(kKey)).value();
  const auto read = decode_result_request(text, key);
  if (!read.ok()) return;
  B3_CHECK(read->result.node_id == node_id_of(key));
  B3_CHECK(read_command_result(read->document, key).ok());
  B3_CHECK(decode_result_request(encode_result_request(read->lease_token, read->document), key)
               ->document_hash == read->document_hash);
}

}  // namespace

int fuzz_managed_command(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t choice = data[0] % (kCommandKinds + 2);
  if (choice < kCommandKinds) {
    arguments_of(static_cast<CommandKind>(choice), text);
  } else if (choice == kCommandKinds) {
    poll_of(text);
  } else {
    result_of(text);
  }
  return 0;
}
