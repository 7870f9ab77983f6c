// The routes' names for the JSON answers of http.
#pragma once

#include "http/json_response.h"

namespace b3iq::agent {

using http::list_answer;
using http::object_answer;

}  // namespace b3iq::agent
