// Whether llama.cpp's grammars can hold an answer to a JSON Schema: asked in the agent, before a
// worker sees the schema. The converter (json-schema-to-grammar.cpp, json-schema.cpp of the pinned
// release) ignores what it does not know; some forms it turns into something else, and some keep it
// busy for minutes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "inference/chat.h"
#include "inference/request_fields.h"

namespace b3iq::runtimes {

inline constexpr std::size_t kMaxSchemaBytes = 64 * 1024;
// Of all schemas of a request together: each is a way on that every token is compared with.
inline constexpr std::size_t kMaxSchemaChoices = 500;       // values of enums, schemas of anyOf
inline constexpr std::size_t kMaxSchemaProperties = 2000;   // OpenAI: 5,000
inline constexpr std::size_t kMaxOptionalProperties = 100;  // of one object
inline constexpr std::size_t kMaxPropertyNameBytes = 256;
inline constexpr std::size_t kMaxReferenceBytes = 512;
inline constexpr int kMaxSchemaDepth = 16;  // schemas within schemas; OpenAI: 10
// Of minimum and maximum: what a double holds exactly.
inline constexpr std::int64_t kMaxSchemaInteger = (std::int64_t{1} << 53) - 1;

// The schemas of the answer and of the tools. Errors, with the place as param: invalid_request for
// what is past a limit, contradicts itself or would give answers of another shape;
// unsupported_parameter, where the caller asked for `strict`, for a keyword that would be ignored.
base::Status check_schemas(const inference::ChatRequest& request);

// How many of each limit a request's schemas have used.
struct SchemaCounts {
  std::size_t choices = 0;
  std::size_t properties = 0;
};
// One of them. `place` is its path in the request.
base::Status check_schema(std::string_view schema, const inference::Path& place, bool strict,
                          SchemaCounts& counts);

}  // namespace b3iq::runtimes
