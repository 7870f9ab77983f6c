// OpenAI's chat completions as a dialect of the local API.
#pragma once

#include "dialects/dialect.h"

namespace b3iq::dialects {

const Dialect& openai_chat();

}  // namespace b3iq::dialects
