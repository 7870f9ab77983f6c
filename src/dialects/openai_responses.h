// OpenAI's responses as a dialect of the local API, stateless: responses_request.h says what of it.
#pragma once

#include "dialects/dialect.h"

namespace b3iq::dialects {

const Dialect& openai_responses();

}  // namespace b3iq::dialects
