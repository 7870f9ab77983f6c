// GET /setup/ : the page that `b3iq-host wizard url` opens. Until the setup wizard is built it says
// what this node is and which commands set it up; it takes no input.
#pragma once

#include "http/router.h"

namespace b3iq::agent {

void add_wizard_page(http::Router& router, http::Public& level);

}  // namespace b3iq::agent
