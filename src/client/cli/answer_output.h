// How an opened answer is printed.
#pragma once

#include "cli/output_form.h"
#include "json/json.h"
#include "protocol/private/private_answer.h"

namespace b3iq::client {

enum class AnswerText : std::uint8_t {
  body,    // the response's JSON
  message  // the text of its message alone; the JSON where it says anything else
};

// Whether a chat completion is one message of text: tools, a refusal and further choices are not
// in it.
bool is_text_alone(json::Value answer);

// Prints the response, or the error of a job that did not complete; with json all that was sealed.
// Standard output is written out: false when it was not taken. Returns the exit code.
struct PrintedAnswer {
  int exit_code = 0;
  bool taken = true;
};
PrintedAnswer print_answer(const protocol::PrivateAnswer& answer, AnswerText text,
                           cli::OutputForm form);

}  // namespace b3iq::client
