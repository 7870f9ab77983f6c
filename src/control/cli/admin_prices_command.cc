// `admin prices …`.
#include <fstream>
#include <iterator>

#include "control/cli/admin_call.h"

namespace b3iq::control {
namespace {

constexpr std::string_view kPolicies = "/v1/admin/price-policies";

void print_prices(json::Value policy) {
  fmt::print("{} by {}, {}: fee {} basis points\n", cell_text(policy.find("policy_version")),
             cell_text(policy.find("created_by")), cell_text(policy.find("created_at")),
             cell_text(policy.find("fee_basis_points")));
  const auto classes = policy.find("classes");
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto one = classes.at(i);
    fmt::print(
        "  {} ({}): {} wei for 1,000 prompt tokens, {} for 1,000 completion tokens, at "
        "least {}; a private job at most {}\n",
        cell_text(one.find("name")), cell_text(one.find("models")),
        cell_text(one.find("prompt_wei_per_1k_tokens")),
        cell_text(one.find("completion_wei_per_1k_tokens")), cell_text(one.find("minimum_wei")),
        cell_text(one.find("private_job_wei")));
  }
}

}  // namespace

int run_prices_list(const AdminOptions& options) {
  const auto query = query_of({{"limit", std::to_string(options.limit)}, {"before", options.page}});
  const auto answer = call_admin(options, http::Method::get, std::string(kPolicies) + query);
  return print_admin(options, answer, [](json::Value root) {
    const auto data = root.find("data");
    for (std::size_t i = 0; i < data.size(); ++i) print_prices(data.at(i));
    if (const auto next = root.find("next_before").string())
      fmt::print(stderr, "There are more: add --before {}\n", *next);
  });
}

int run_prices_set(const AdminOptions& options) {
  std::ifstream in(options.file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) {
    return cli::print_error(
        base::Error(base::ErrorCode::file_failed,
                    fmt::format("{} cannot be read. What it has to hold: docs/operating/billing.md",
                                options.file)));
  }
  const auto answer = call_admin(options, http::Method::post, kPolicies, text);
  return print_admin(options, answer, print_prices);
}

}  // namespace b3iq::control
