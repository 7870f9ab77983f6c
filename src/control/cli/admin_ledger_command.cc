// Money by hand: `admin customers credit|adjust|refund|entries`, and `admin ledger verify`.
#include "control/cli/admin_call.h"

namespace b3iq::control {

using base::Status;

namespace {

std::string path_of(const AdminOptions& options, std::string_view part) {
  return fmt::format("/v1/admin/customers/{}{}", encoded(options.id), part);
}

int print_outcome(const AdminOptions& options, const AdminAnswer& answer) {
  return print_admin(options, answer, [](json::Value root) {
    if (root.find("changed").boolean().value_or(false)) {
      fmt::print("Done: entry {}. ", cell_text(root.find("entry_id")));
    } else {
      fmt::print("{} ", cell_text(root.find("said")));
    }
    fmt::print("{} has {} wei, {} of them reserved.\n", cell_text(root.find("customer_id")),
               cell_text(root.find("balance_wei")), cell_text(root.find("reserved_wei")));
  });
}

// Keeps the last line: the verdict.
class LastLine {
 public:
  Status take(std::string_view piece) {
    for (const char c : piece) {
      if (c == '\n') {
        line_ = std::exchange(open_, {});
      } else {
        open_ += c;
      }
    }
    return {};
  }
  const std::string& text() const { return line_; }

 private:
  std::string open_;
  std::string line_;
};

void print_verdict(json::Value root) {
  if (root.find("holds_true").boolean().value_or(false)) {
    fmt::print("The ledger holds: {} entries of {} accounts, {} reservations, {} payout rows.\n",
               cell_text(root.find("entries")), cell_text(root.find("accounts")),
               cell_text(root.find("holds")), cell_text(root.find("payouts")));
    for (const auto* name : {"outside_in_wei", "outside_out_wei", "customers_wei", "reserved_wei",
                             "nodes_wei", "fees_wei", "rounding_wei"})
      fmt::print("{:<18}{}\n", name, cell_text(root.find(name)));
    return;
  }
  const auto fault = root.find("fault");
  fmt::print("The ledger does not add up: {}.\n", cell_text(fault.find("detail")));
  for (const auto* name : {"customer_id", "seq", "entry_id", "private_job_id", "payout_id"})
    fmt::print("{:<18}{}\n", name, cell_text(fault.find(name)));
}

}  // namespace

int run_customers_credit(const AdminOptions& options) {
  const auto body = body_of({{"amount_wei", options.amount},
                             {"reference", options.reference},
                             {"reason", options.reason},
                             {"approval_id", options.approval}});
  return print_outcome(options,
                       call_admin(options, http::Method::post, path_of(options, "/credits"), body));
}

int run_customers_adjust(const AdminOptions& options) {
  const auto body = body_of({{"direction", options.direction},
                             {"amount_wei", options.amount},
                             {"reference", options.reference},
                             {"reason", options.reason},
                             {"approval_id", options.approval}});
  return print_outcome(
      options, call_admin(options, http::Method::post, path_of(options, "/adjustments"), body));
}

int run_customers_refund(const AdminOptions& options) {
  const auto body = body_of({{"private_job_id", options.job},
                             {"reason", options.reason},
                             {"approval_id", options.approval}});
  return print_outcome(options,
                       call_admin(options, http::Method::post, path_of(options, "/refunds"), body));
}

int run_customers_entries(const AdminOptions& options) {
  const auto query = query_of({{"limit", std::to_string(options.limit)}, {"before", options.page}});
  const auto answer = call_admin(options, http::Method::get, path_of(options, "/entries") + query);
  return print_admin(options, answer, [](json::Value root) {
    print_list(root,
               {{"ENTRY", "entry_id"},
                {"AT", "created_at"},
                {"KIND", "kind"},
                {"DIRECTION", "direction"},
                {"AMOUNT", "amount_wei"},
                {"BALANCE", "balance_after_wei"},
                {"RESERVED", "reserved_after_wei"},
                {"JOB", "private_job_id"}},
               "Nothing yet.");
  });
}

int run_ledger_verify(const AdminOptions& options) {
  auto channel = AdminChannel::open(options.target);
  if (!channel.ok()) return cli::print_error(channel.error());
  LastLine last;
  const auto done = (*channel)->stream(http::Method::get, "/v1/admin/ledger/verification", {},
                                       [&](std::string_view piece) { return last.take(piece); });
  if (!done.ok()) return cli::print_error(done.error());
  const auto document = json::Document::parse(last.text());
  if (!document.ok()) return cli::print_error(document.error());
  const auto root = document->root();
  if (!root.find("done").boolean().value_or(false)) {
    return cli::print_error(base::Error(base::ErrorCode::upstream_failed,
                                        "The verification was cut off; run it again."));
  }
  if (options.form == OutputForm::json) {
    fmt::print("{}\n", last.text());
  } else {
    print_verdict(root);
  }
  return root.find("holds_true").boolean().value_or(false) ? cli::kExitOk : cli::kExitFailed;
}

}  // namespace b3iq::control
