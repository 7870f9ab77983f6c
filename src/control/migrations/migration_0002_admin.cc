#include "control/migrations/migration_texts.h"

namespace b3iq::control {

// Admin credentials and the audit log: audit/, admin/.
extern const std::string_view kAdminSql = R"(
)";

}  // namespace b3iq::control
