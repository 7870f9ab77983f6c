// The frame of both inner documents: one JSON object, then spaces up to a padded length. For this
// folder's codecs.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "json/json.h"

namespace b3iq::protocol {

// The joined `parts`, padded, with `tail_bytes` zeros behind. Errors: payload_too_large above
// `max_bytes`, naming `what` ("A request").
base::Result<base::Bytes> padded_text(std::initializer_list<std::string_view> parts,
                                      std::size_t tail_bytes, std::size_t max_bytes,
                                      std::string_view what);

// The object's text, without its padding. Errors: invalid_request (length or padding).
base::Result<std::string_view> unpadded_text(std::string_view plaintext, std::size_t max_bytes);

// `text`, which must outlive the document, as one object from its first byte to its last: of what
// is private, only strings with an escape are copied. Errors: invalid_json.
base::Result<json::Document> parse_object(std::string_view text);

// The text of a member that is an object, as it stands in `object`, which parse_object took.
// Errors: invalid_request.
base::Result<std::string_view> object_text(std::string_view object, std::string_view name);

// Errors: invalid_json unless `text` is one JSON object that can stand in such a document, from its
// first byte to its last.
base::Status check_object_text(std::string_view text, std::size_t max_bytes, std::string_view what);

}  // namespace b3iq::protocol
