// The SQL of each migration, one file each: migration_NNNN_<subject>.cc. Private to this folder.
#pragma once

#include <string_view>

namespace b3iq::control {

extern const std::string_view kNodesSql;
extern const std::string_view kAdminSql;
extern const std::string_view kHeartbeatPaceSql;
extern const std::string_view kApprovalsSql;
extern const std::string_view kUsableTokensSql;
extern const std::string_view kLedgerSql;
extern const std::string_view kReceiptsSql;
extern const std::string_view kPrivateJobsSql;
extern const std::string_view kPrivateStreamsSql;

}  // namespace b3iq::control
