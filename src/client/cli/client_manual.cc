#include "client/cli/client_manual.h"

#include "cli/version.h"

namespace b3iq::client {
namespace {

constexpr const char* kExitStatus =
    "0 done; 1 failed, with the reason and its stable code on standard error; 2 the command line "
    "is wrong; 3 the control plane does not answer; 4 refused: a key, log or receipt that is not "
    "the one it must be, a token, a price, a balance or a rate limit.\n";
constexpr const char* kSections =
    ".SH ENVIRONMENT\n.TP\nB3IQ_GATEWAY_BASE_URL\nThe control plane's address.\n.TP\n"
    "B3IQ_CUSTOMER_ID\nWho you are.\n.TP\nB3IQ_CUSTOMER_TOKEN_FILE\nFile with your token; or the "
    "token itself in B3IQ_CUSTOMER_TOKEN.\n.TP\nB3IQ_CUSTOMER_HOME\nThe folder of keys, pins and "
    "evidence, ~/.b3iq\\-customer by default.\n"
    ".SH FILES\n.TP\n~/.b3iq\\-customer/pins.json\nNodes and receipt logs that you have come to "
    "know.\n.TP\n~/.b3iq\\-customer/jobs\nWhat opens answers that were not read yet.\n.TP\n"
    "~/.b3iq\\-customer/evidence\nWhat proves each answered job.\n.TP\n"
    "~/.b3iq\\-customer/proxy\\-token\nThe proxy's token.\n";

}  // namespace

cli::ManualFacts manual_facts() { return {std::string(cli::kVersion), kExitStatus, kSections}; }

}  // namespace b3iq::client
