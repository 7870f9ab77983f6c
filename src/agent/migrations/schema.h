// The migrations of state.db, in order. A released one is never changed; a new one is appended.
#pragma once

#include <span>

#include "storage/database.h"

namespace b3iq::agent {

std::span<const storage::Migration> state_migrations();

}  // namespace b3iq::agent
