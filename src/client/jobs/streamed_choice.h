// What a stream says of one choice of a chat completion, held against the answer's. Its members are
// a closed list (docs/protocol/private-transport.md#streams): what is not compared is not taken.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>

#include "base/result.h"
#include "crypto/secret_text.h"
#include "json/json.h"

namespace b3iq::client {

inline constexpr std::int64_t kMaxStreamedTools = 256;  // of one choice, their index below it

enum class Fit : std::uint8_t {
  all,       // it says what the answer says
  beginning  // what it says is the beginning of that
};

class StreamedChoice {
 public:
  // One element of an event's choices. `at_end`: in the last piece, where alone a finish_reason may
  // stand. Errors: upstream_failed for what cannot be compared; corrupt for an end before the end.
  base::Status add(json::Value choice, bool at_end);
  bool fits(json::Value answered, Fit fit) const;
  // The answered choice with what it says beyond this one, a beginning of it.
  void write_rest(json::Writer& w, json::Value answered) const;
  // Of text, reasoning and calls of tools.
  std::size_t bytes() const;

 private:
  struct Tool {
    crypto::SecretText id, name, arguments;
  };
  struct Logprobs {
    crypto::SecretText entries;  // JSON, each with a comma behind it
    std::size_t count = 0;
  };
  base::Status add_delta(json::Value delta);
  base::Status add_tools(json::Value calls);
  base::Status add_logprobs(json::Value logprobs);
  bool fits_tools(json::Value calls, Fit fit) const;
  bool fits_logprobs(json::Value entries, Fit fit) const;
  void write_message(json::Writer& w, json::Value message) const;
  void write_tools(json::Writer& w, json::Value calls) const;
  void write_logprobs(json::Writer& w, json::Value logprobs) const;

  std::array<crypto::SecretText, 4> texts_;  // as kTexts
  std::map<std::int64_t, Tool> tools_;
  Logprobs logprobs_;
  crypto::SecretText finish_;
};

// For a member of what a node streams that is not on the list.
base::Error cannot_be_compared(std::string_view member);
base::Error ends_early(std::string_view what);

}  // namespace b3iq::client
