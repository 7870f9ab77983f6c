// Receipts and their log for the public surface. As public_facts.h: here, and only here, records
// become facts that may be shown. The texts of the log are public as they are: checkpoints, hashes,
// and entries that follow from receipts' hashes. Loop thread.
#pragma once

#include <string>
#include <string_view>

#include "base/task.h"
#include "protocol/public_receipt_view.h"

namespace b3iq::control {

class ReceiptLogPublisher;

class PublicReceipts {
 public:
  // `statement`: which log is this control plane's, signed (protocol: receipt_log_entry.h).
  PublicReceipts(ReceiptLogPublisher& log, std::string statement)
      : log_(log), statement_(std::move(statement)) {}

  const std::string& statement() const { return statement_; }
  // Errors: invalid_request for what is no hash; not_found.
  base::Task<base::Result<protocol::AcceptedReceiptFacts>> receipt(std::string_view hash);
  base::Task<base::Result<std::string>> proof(std::string_view hash);
  base::Task<base::Result<std::string>> checkpoint();
  // `rest`: the path behind "tile/". Error: not_found, also for what is no tile's path.
  base::Task<base::Result<std::string>> tile(std::string_view rest);

 private:
  ReceiptLogPublisher& log_;
  const std::string statement_;
};

}  // namespace b3iq::control
