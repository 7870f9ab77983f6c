// Private to this module.
#pragma once

namespace b3iq::crypto {

// Prepares libsodium once; cheap afterwards. Any thread.
void start_sodium();

}  // namespace b3iq::crypto
