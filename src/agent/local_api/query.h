// The routes' names for the query parameters of http.
#pragma once

#include "http/query_parameters.h"

namespace b3iq::agent {

using http::decoded_parameter;
using http::each_parameter;
using http::integer_parameter;

}  // namespace b3iq::agent
