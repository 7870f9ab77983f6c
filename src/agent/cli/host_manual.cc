#include "agent/cli/host_manual.h"

#include "cli/version.h"

namespace b3iq::agent {
namespace {

constexpr const char* kExitStatus =
    "0 done; 1 failed, with the reason and its stable code on standard error; 2 the command line "
    "is wrong; 3 no node answers, or it drains; 4 refused: key, scope, budget or rate limit; 5 "
    "doctor found a fault.\n";
constexpr const char* kSections =
    ".SH ENVIRONMENT\n.TP\nB3IQ_HOME\nThe node's folder, ~/.b3iq by default.\n.TP\n"
    "B3IQ_LOCAL_KEY_FILE\nFile with the API key that chat uses.\n.TP\nB3IQ_LOCAL_BASE_URL\nThe "
    "node that chat asks.\n"
    ".SH FILES\n.TP\n~/.b3iq/config.json\nSettings; config show lists all.\n";

}  // namespace

cli::ManualFacts manual_facts() { return {std::string(cli::kVersion), kExitStatus, kSections}; }

}  // namespace b3iq::agent
