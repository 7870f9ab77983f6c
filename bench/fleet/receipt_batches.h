// As many receipts as the server takes into its log: closed loop, every connection brings its next
// batch as soon as the last one is answered, and an answer counts for the receipts in it that are
// accepted. Receipts and requests are signed before the clock starts.
#pragma once

#include <cstdint>
#include <string>

#include "connections.h"
#include "signed_request.h"

namespace b3iq::fleet {

struct ReceiptBatchOptions {
  sockaddr_in server{};
  Origin origin;
  std::string salt;
  std::int64_t first = 0;
  std::int64_t nodes = 1;
  std::int64_t connections = 64;  // at most `nodes`
  std::int64_t batch = 1;         // receipts of a request
  double seconds = 2;
  std::int64_t signed_per_second =
      20'000;  // how many receipts are signed ahead; the run ends when they are used up
  bool until_lost = false;  // ends with the first connection that is lost, which is no failure
};

// Prints the figures as one line of JSON; `seconds` is up to the last answer. False when nothing
// was accepted.
bool bring_receipts(const ReceiptBatchOptions& options);

}  // namespace b3iq::fleet
