// As many receipts as the server takes into its log: closed loop, every connection brings its next
// batch as soon as the last one is answered, and an answer counts for the receipts in it that are
// accepted. Receipts and requests are signed before the clock starts.
#pragma once

#include <cstdint>
#include <string>

#include "closed_loop.h"
#include "signed_request.h"

namespace b3iq::fleet {

struct ReceiptBatchOptions : LoopOptions {
  Origin origin;
  std::string salt;
  std::int64_t first = 0;
  std::int64_t batch = 1;  // receipts of a request
  std::int64_t signed_per_second =
      20'000;  // how many receipts are signed ahead; the run ends when they are used up
};

// Prints the figures as one line of JSON; `seconds` is up to the last answer. False when nothing
// was accepted.
bool bring_receipts(const ReceiptBatchOptions& options);

}  // namespace b3iq::fleet
