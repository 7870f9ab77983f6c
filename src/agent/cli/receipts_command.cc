#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"

namespace b3iq::agent {
namespace {

std::string count_text(json::Value value) { return fmt::format("{}", value.integer().value_or(0)); }

void print_receipts(json::Value root) {
  std::vector<std::vector<std::string>> rows = {
      {"SEQ", "COMPLETED", "ACCOUNT", "MODEL", "PROMPT", "COMPLETION", "FINISH", "HASH"}};
  const auto data = root.find("data");
  for (std::size_t i = data.size(); i-- > 0;) {
    const auto row = data.at(i);
    const auto receipt = row.find("receipt");
    const auto usage = receipt.find("usage");
    rows.push_back({count_text(row.find("seq")), time_text(receipt.find("completed_at")),
                    text_of(row.find("account")), text_of(receipt.find("model_id")),
                    count_text(usage.find("prompt_tokens")),
                    count_text(usage.find("completion_tokens")), text_of(receipt.find("finish")),
                    text_of(row.find("receipt_hash"))});
  }
  if (rows.size() == 1) {
    fmt::print("No receipts yet: each answer makes one.\n");
  } else {
    print_table(rows);
  }
}

std::string body_of(const std::vector<std::string>& hashes) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  if (hashes.empty()) {
    w.member("all", true);
  } else {
    w.key("receipt_hashes");
    w.begin_array();
    for (const auto& hash : hashes) w.value(hash);
    w.end_array();
  }
  w.end_object();
  return body;
}

// One line for each: what became of it, and why, or where it stands.
std::size_t print_submissions(json::Value data) {
  std::vector<std::vector<std::string>> rows = {{"SEQ", "OUTCOME", "STATUS", "LOG", "HASH", ""}};
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto row = data.at(i);
    const bool refused = static_cast<bool>(row.find("code"));
    rows.push_back({count_text(row.find("seq")), text_of(row.find("outcome")),
                    refused ? text_of(row.find("code")) : text_of(row.find("status")),
                    refused ? "-" : count_text(row.find("log_index")),
                    text_of(row.find("receipt_hash")),
                    refused ? text_of(row.find("detail")) : std::string()});
  }
  if (rows.size() > 1) print_table(rows);
  return rows.size() - 1;
}

void print_nothing_sent() {
  fmt::print(
      "There is nothing to submit: every receipt since the enrollment was handed over. One that "
      "was refused is sent again when you name it.\n");
}

}  // namespace

// Each batch is an answer of its own; what was answered is kept by the node, so that a submission
// that is cut off goes on where it was.
int run_receipts_submit(const Home& home, const std::vector<std::string>& hashes,
                        ReceiptChoice choice, OutputForm form) {
  if (choice == ReceiptChoice::named && hashes.empty()) {
    return print_error({base::ErrorCode::invalid_request,
                        "Name the receipts (b3iq-host receipts list), or give --all. Receipts that "
                        "are handed over can be read by anybody."});
  }
  const auto body = body_of(hashes);
  std::size_t sent = 0;
  for (bool more = true; more;) {
    more = false;
    const auto outcome = call_serving_node(home, http::Method::post, "/v1/receipts/submit", body);
    if (outcome.exit_code != kExitOk) return outcome.exit_code;
    const auto document = json::Document::parse(outcome.body);
    if (!document.ok()) return kExitFailed;
    more = document->root().find("has_more").boolean().value_or(false);
    if (form == OutputForm::json) {
      fmt::print("{}\n", outcome.body);
    } else {
      sent += print_submissions(document->root().find("data"));
    }
  }
  if (form != OutputForm::json && sent == 0) print_nothing_sent();
  return kExitOk;
}

int run_receipts_submissions(const Home& home, std::int64_t limit, OutputForm form) {
  const auto path = fmt::format("/v1/receipts/submissions?limit={}", limit);
  return call_and_print(home, http::Method::get, path, "", form, [](json::Value root) {
    if (print_submissions(root.find("data")) == 0)
      fmt::print("No receipt was submitted yet: b3iq-host receipts submit\n");
  });
}

int run_receipts_list(const Home& home, std::int64_t limit, OutputForm form) {
  const auto path = fmt::format("/v1/receipts?limit={}", limit);
  return call_and_print(home, http::Method::get, path, "", form, print_receipts);
}

int run_receipts_show(const Home& home, const std::string& hash) {
  const auto path = fmt::format("/v1/receipts?receipt_hash={}", hash);
  return call_and_print(home, http::Method::get, path, "", OutputForm::text, [](json::Value root) {
    fmt::print("{}\n", root.find("data").at(0).find("receipt").to_text());
  });
}

}  // namespace b3iq::agent
