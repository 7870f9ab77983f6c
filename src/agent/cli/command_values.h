// Where the command line's values are put: the defaults are what holds without an option.
#pragma once

#include <cstdint>
#include <string>

#include "agent/cli/commands.h"

namespace b3iq::agent {

struct CommandValues {
  std::string home;
  bool json = false;
  InitOptions init;
  ServeOptions serve;
  WizardOptions wizard;
  EnrollOptions enroll;
  KeyCreateOptions key;
  std::string key_name;
  UserOptions user;
  SupportGrantOptions support;
  std::string grant_id;
  std::int64_t audit_limit = 50;
  std::int64_t receipt_limit = 20;
  std::string receipt_hash;
  std::vector<std::string> receipt_hashes;
  bool all_receipts = false;
  bool with_origin = false;
  TopOptions top;
  RuntimeOptions runtime;
  ModelAllowOptions allow;
  ModelInstallOptions install;
  std::string model_name;
  bool bench_list = false;
  std::string job_id;
  BackupOptions backup;
  std::string shell;
  ChatOptions chat;
  LogsOptions logs;
  SupportBundleOptions bundle;
  SupportVerifyOptions verify;
  OutputForm form() const { return json ? OutputForm::json : OutputForm::text; }
};

}  // namespace b3iq::agent
