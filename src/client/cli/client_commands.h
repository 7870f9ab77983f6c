// One function per command of b3iq; each returns an exit code (cli/exit_status.h).
#pragma once

#include <string>

#include "cli/output_form.h"

namespace b3iq::client {

using cli::OutputForm;

int run_version(OutputForm form);

struct SealOptions {
  std::string binding;  // file of the node's transport-key binding
  std::string node;     // the node id that it must be of
  std::string model;
  std::string job;   // empty: a new one is made
  std::string body;  // file; empty or "-": standard input
  bool is_prompt = false;
  std::string out;         // the envelope's file
  std::string answer_key;  // file for what opens the answer
  OutputForm form = OutputForm::text;
};
int run_private_seal(const SealOptions& options);

struct OpenOptions {
  std::string answer_key;
  std::string answer;   // file of the envelope or of the job; empty or "-": standard input
  std::string receipt;  // file for the signed receipt; empty: none
  OutputForm form = OutputForm::text;
};
// Ends with kExitFailed when the job did: its error is printed.
int run_private_open(const OpenOptions& options);

struct BindingOptions {
  std::string file;
  std::string node;
  std::string at;  // RFC 3339; empty: now
  OutputForm form = OutputForm::text;
};
int run_verify_binding(const BindingOptions& options);

}  // namespace b3iq::client
