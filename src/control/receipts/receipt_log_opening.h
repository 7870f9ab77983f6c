// Which key signs for the receipt log, decided at the start of a process, before anything is
// served. Blocks the calling thread.
//
// A log must never go back or fork under one key (docs/adr/0029). So the database says which key
// its log has; the key's file is in no backup; and each machine keeps the newest checkpoint that it
// gave out. A database that is older than that is not signed for.
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "control/config/control_home.h"
#include "protocol/transparency/receipt_log_entry.h"
#include "storage/database.h"

namespace b3iq::control {

// Loads the key. Where the log has not begun, makes the key if there is none and begins the log
// with it. Errors: file_failed, when the file is missing or open to others; conflict, when the
// database's log is another key's, or is older than a checkpoint of this machine or another log
// than it: the text says how to go on.
base::Result<protocol::ReceiptLogKey> open_receipt_log(const ControlHome& home,
                                                       storage::Database& database,
                                                       const protocol::ControlPlaneId& id,
                                                       base::Random& random);

// The log ends where it is: its key is laid aside (receipt-log.key.ended-1, …) and the next start
// begins a new log, with a new key, of all receipts that are there. No process may serve meanwhile.
// True when there was a log to end.
base::Result<bool> end_receipt_log(const ControlHome& home, storage::Database& database);

}  // namespace b3iq::control
