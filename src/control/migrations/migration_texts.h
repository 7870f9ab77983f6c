// The SQL of each migration, one file each: migration_NNNN_<subject>.cc. Private to this folder.
#pragma once

#include <string_view>

namespace b3iq::control {

extern const std::string_view kNodesSql;
extern const std::string_view kAdminSql;

}  // namespace b3iq::control
