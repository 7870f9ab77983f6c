// Customers: who they are, their money by hand, their policy. Loop thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "control/approvals/approval_gate.h"
#include "control/audit/audit_trail.h"
#include "control/customers/customer_types.h"
#include "control/ledger/ledger_service.h"
#include "storage/database.h"

namespace b3iq::control {

struct CustomerAccount {
  Customer customer;
  LedgerAccount account;
};

class CustomerService {
 public:
  CustomerService(storage::Database& database, const AuditLog& audit, const base::Clock& clock,
                  base::Random& random, const ApprovalGate& gate, const LedgerWriter& ledger)
      : database_(database),
        audit_(audit),
        clock_(clock),
        random_(random),
        gate_(gate),
        ledger_(ledger) {}

  // With an empty account. Errors: invalid_request.
  base::Task<base::Result<CustomerAccount>> create(std::string name, std::string actor);
  // Newest first; those before `before_id` ("": from the newest).
  base::Task<base::Result<std::vector<Customer>>> list(std::string before_id, std::int64_t limit);
  // Error: not_found.
  base::Task<base::Result<CustomerAccount>> get(std::string id);
  // A suspended customer's requests are refused; what is reserved ends as it would. Doing it twice
  // changes nothing. Errors: not_found; invalid_request.
  base::Task<base::Result<CustomerAccount>> suspend(std::string id, std::string reason,
                                                    std::string actor);
  base::Task<base::Result<CustomerAccount>> resume(std::string id, std::string actor);
  // In place of the one there was. Error: not_found.
  base::Task<base::Result<CustomerAccount>> set_policy(std::string id, GatewayPolicy policy,
                                                       std::string actor);
  // A credit or an adjustment, once for its reference. `order.made_by` is set here. Errors: those
  // of the ledger; invalid_request; those of ApprovalGate::pass().
  base::Task<base::Result<LedgerOutcome>> fund(FundsOrder order, ActBy by);
  // Gives the debit of a settled job back. `reason` stands in the audit log. Errors as fund().
  base::Task<base::Result<LedgerOutcome>> refund(RefundOrder order, std::string reason, ActBy by);

 private:
  // Does the order, passes the gate, appends `act` with the entry behind the account.
  base::Task<base::Result<LedgerOutcome>> post(LedgerOrder order, std::string_view act,
                                               std::string said, ActBy by);
  base::Task<base::Result<CustomerAccount>> set_standing(std::string id, CustomerStanding standing,
                                                         std::string reason, std::string actor);
  static base::Task<base::Status> read(storage::Transaction& tx, std::string_view id,
                                       std::optional<CustomerAccount>& out);

  storage::Database& database_;
  const AuditLog& audit_;
  const base::Clock& clock_;
  base::Random& random_;
  const ApprovalGate& gate_;
  const LedgerWriter& ledger_;
};

}  // namespace b3iq::control
