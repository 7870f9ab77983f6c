#include "control/approvals/approval_types.h"

#include <fmt/format.h>

#include <algorithm>

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kIdPrefix = "apr_";
constexpr std::size_t kUlidBytes = 26;

constexpr std::array<std::pair<ApprovalState, std::string_view>, 6> kStates = {{
    {ApprovalState::pending, "pending"},
    {ApprovalState::approved, "approved"},
    {ApprovalState::denied, "denied"},
    {ApprovalState::used, "used"},
    {ApprovalState::void_, "void"},
    {ApprovalState::expired, "expired"},
}};

template <class Table, class T>
std::string_view name_in(const Table& table, T value) {
  return std::ranges::find(table, value, &Table::value_type::first)->second;
}

template <class T, std::size_t n>
std::optional<T> value_in(const std::array<std::pair<T, std::string_view>, n>& table,
                          std::string_view name) {
  for (const auto& [value, known] : table)
    if (known == name) return value;
  return std::nullopt;
}

Error wrong_setting(std::string text) {
  return Error(ErrorCode::config_invalid, std::move(text), "admin.second_approval");
}

}  // namespace

std::string_view wire_name(ApprovalAct act) { return name_in(kApprovalActs, act); }

std::optional<ApprovalAct> approval_act_from_name(std::string_view name) {
  return value_in(kApprovalActs, name);
}

std::string approval_act_names() {
  std::string names;
  for (const auto& [act, name] : kApprovalActs)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
  return names;
}

AdminRole least_role(ApprovalAct act) {
  const bool of_admins = act == ApprovalAct::credential_create ||
                         act == ApprovalAct::credential_revoke ||
                         act == ApprovalAct::customer_credit;
  return of_admins ? AdminRole::admin : AdminRole::operator_;
}

Result<ApprovalActs> read_approval_acts(const std::vector<std::string>& names) {
  ApprovalActs acts;
  for (const auto& name : names) {
    const auto act = approval_act_from_name(name);
    if (!act) {
      return wrong_setting(
          fmt::format("'{}' in admin.second_approval is no act that can need a second person. "
                      "There are: {}.",
                      name, approval_act_names()));
    }
    acts.push_back(*act);
  }
  if (!acts.empty() && std::ranges::find(acts, ApprovalAct::credential_create) == acts.end()) {
    return wrong_setting(
        "admin.second_approval needs credential.create beside what it lists: without it one admin "
        "makes a second credential and approves with that.");
  }
  return acts;
}

std::string_view wire_name(ApprovalState state) { return name_in(kStates, state); }

std::optional<ApprovalState> approval_state_from_name(std::string_view name) {
  return value_in(kStates, name);
}

ApprovalState state_of(const Approval& approval, std::int64_t now_ms) {
  const bool open =
      approval.state == ApprovalState::pending || approval.state == ApprovalState::approved;
  return open && approval.expires_at_ms <= now_ms ? ApprovalState::expired : approval.state;
}

Status check_approval_id(std::string_view id) {
  const bool plain =
      std::ranges::all_of(id.substr(std::min(kIdPrefix.size(), id.size())), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      });
  if (id.starts_with(kIdPrefix) && id.size() == kIdPrefix.size() + kUlidBytes && plain) return {};
  return Error(ErrorCode::invalid_request,
               "That is no approval's id: one is apr_ and 26 letters and digits, as `admin "
               "approvals list` shows it.",
               std::string(kApprovalMember));
}

Error no_such_approval(std::string_view id) {
  return Error(ErrorCode::not_found,
               fmt::format("There is no approval {}; list them with `admin approvals list`.", id),
               std::string(kApprovalMember));
}

}  // namespace b3iq::control
