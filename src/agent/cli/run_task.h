// The commands' name for http::run_task.
#pragma once

#include "http/blocking_task.h"

namespace b3iq::agent {

using http::run_task;

}  // namespace b3iq::agent
