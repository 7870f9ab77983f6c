#include "storage/postgres/pg_target.h"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>

#include "storage/postgres/postgres_database.h"

namespace b3iq::storage {
namespace {

using base::Error;
using base::ErrorCode;

struct Default {
  const char* keyword;
  const char* value;
};
// A server that vanished without a word is found out within half a minute.
constexpr Default kDefaults[] = {
    {"connect_timeout", "5"},
    {"keepalives", "1"},
    {"keepalives_idle", "10"},
    {"keepalives_interval", "5"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "10000"},
    {"target_session_attrs", "read-write"},
    {"application_name", "b3iq"},
};
constexpr std::string_view kSecrets[] = {"password", "sslpassword"};

}  // namespace

bool is_postgres_uri(std::string_view text) {
  return text.starts_with("postgresql://") || text.starts_with("postgres://");
}

base::Result<PgTarget> PgTarget::parse(const std::string& uri) {
  if (!is_postgres_uri(uri)) {
    return Error(ErrorCode::config_invalid,
                 "The database is not a PostgreSQL URI: it begins with postgresql://.");
  }
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(uri.c_str(), &message), &PQconninfoFree);
  PQfreemem(message);
  if (parsed == nullptr) {
    return Error(
        ErrorCode::config_invalid,
        "The PostgreSQL URI cannot be read (it is not shown, as it may hold a password). "
        "It looks like postgresql://user@host:5432/database?sslmode=verify-full; characters "
        "such as @ : / % in a password are written as %40 %3A %2F %25.");
  }
  PgTarget target;
  for (const auto* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) target.parameters_.emplace_back(option->keyword, option->val);
  }
  for (const Default& standard : kDefaults) {
    if (target.find(standard.keyword) == nullptr) {
      target.parameters_.emplace_back(standard.keyword, standard.value);
    }
  }
  // Texts are UTF-8 on our side, whatever the environment says.
  if (auto* const encoding = target.find("client_encoding")) {
    *encoding = "UTF8";
  } else {
    target.parameters_.emplace_back("client_encoding", "UTF8");
  }
  return target;
}

std::string* PgTarget::find(std::string_view keyword) {
  const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                  [&](const auto& entry) { return entry.first == keyword; });
  return found == parameters_.end() ? nullptr : &found->second;
}

std::vector<const char*> PgTarget::keywords() const {
  std::vector<const char*> all;
  all.reserve(parameters_.size() + 1);
  for (const auto& [keyword, value] : parameters_) all.push_back(keyword.c_str());
  all.push_back(nullptr);
  return all;
}

std::vector<const char*> PgTarget::values() const {
  std::vector<const char*> all;
  all.reserve(parameters_.size() + 1);
  for (const auto& [keyword, value] : parameters_) all.push_back(value.c_str());
  all.push_back(nullptr);
  return all;
}

std::string PgTarget::without_secrets(std::string text) const {
  for (const auto& [keyword, value] : parameters_) {
    if (value.empty() ||
        std::find(std::begin(kSecrets), std::end(kSecrets), keyword) == std::end(kSecrets)) {
      continue;
    }
    for (std::size_t at = 0; (at = text.find(value, at)) != text.npos; at += 3) {
      text.replace(at, value.size(), "***");
    }
  }
  return text;
}

}  // namespace b3iq::storage
