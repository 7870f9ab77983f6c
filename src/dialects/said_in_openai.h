// What the decoders of other dialects share: they write the OpenAI body that a caller means.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"
#include "inference/chat.h"
#include "inference/request_fields.h"
#include "json/json.h"

namespace b3iq::dialects {

// The request that `openai_body` says, which it then owns; its caller_body is `caller_body`.
// Errors: those of decode_chat_request, with OpenAI's names of members (member_words.h).
base::Result<inference::ChatRequest> said_in_openai(std::string openai_body,
                                                    std::string_view caller_body);

// unsupported_parameter for the first member that is neither null nor named here.
base::Status refuse_others(json::Value object, const inference::Path& path,
                           std::initializer_list<std::string_view> known);

// The member as a string. Errors: it is missing, or of another type.
base::Result<std::string_view> required_string(json::Value object, std::string_view name,
                                               const inference::Path& path);

// {"type":"text","text":…} and {"type":"image_url","image_url":{"url":…}}.
void write_text_part(json::Writer& w, std::string_view text);
void write_image_part(json::Writer& w, std::string_view url);

// {"id","type":"function","function":{"name","arguments"}}; `arguments` is the JSON text.
void write_tool_call(json::Writer& w, std::string_view id, std::string_view name,
                     std::string_view arguments);

// {status,title,detail,code} of an error, as a member called b3iq.
void write_problem(json::Writer& w, const base::Error& error);
// What was wrong, in one sentence.
std::string_view sentence_of(const base::Error& error);

}  // namespace b3iq::dialects
