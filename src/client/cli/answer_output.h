// How an opened answer is printed.
#pragma once

#include "cli/output_form.h"
#include "protocol/private/private_answer.h"

namespace b3iq::client {

enum class AnswerText : std::uint8_t {
  body,    // the response's JSON
  message  // the text of its first message alone, where it has one
};

// Prints the response, or the error of a job that did not complete; with json all that was sealed.
// Standard output is written out: false when it was not taken. Returns the exit code.
struct PrintedAnswer {
  int exit_code = 0;
  bool taken = true;
};
PrintedAnswer print_answer(const protocol::PrivateAnswer& answer, AnswerText text,
                           cli::OutputForm form);

}  // namespace b3iq::client
