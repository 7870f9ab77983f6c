// The object that POST /v1/responses answers with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inference/chat.h"
#include "json/json.h"

namespace b3iq::dialects {

// What the answer repeats of the request `root`, as members without braces: "background":false,…
// The request has been checked.
std::string responses_echo(json::Value root);

enum class ItemKind : std::uint8_t { reasoning, message, call };

// One item of the output, as far as it has come.
struct OutputItem {
  ItemKind kind = ItemKind::message;
  std::string id;    // rs_…, msg_…, fc_…
  std::string text;  // of a call: its arguments
  std::string name;
  std::string call_id;
  int tool_index = 0;
};

// `status`: "in_progress", "completed", "incomplete". In progress, an item has no content yet.
void append_item(std::string& out, const OutputItem& item, std::string_view status);
// {"type":"output_text",…} or {"type":"reasoning_text",…}
void append_part(std::string& out, const OutputItem& item, std::string_view text);

struct ResponseHead {
  std::string id;  // resp_…
  std::int64_t created_s = 0;
  std::string model;
  std::string echo;
};

// What a response came to.
struct ResponseState {
  std::string_view status;             // of the response
  std::string_view incomplete_reason;  // "" none
  std::string_view error_code;         // "" none
  std::string_view error_message;
  const std::vector<OutputItem>* items = nullptr;  // null: none yet
  const inference::Usage* usage = nullptr;         // null: not known yet
  std::string_view b3iq;                           // "" none
};

// A stop because of the length makes the last item incomplete.
void append_response(std::string& out, const ResponseHead& head, const ResponseState& state);

}  // namespace b3iq::dialects
