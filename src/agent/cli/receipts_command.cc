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

}  // namespace

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
