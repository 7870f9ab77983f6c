// Programs of a test's servers, started as the user `postgres` where we are root (PostgreSQL does
// not run as root). They die with the thread that started them.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace b3iq::storage {

// The newest of /usr/lib/postgresql, or what B3IQ_POSTGRES_BIN names; empty when there is none.
std::string postgres_bin_folder();
bool has_server_user();
// A new folder under /tmp that the servers' user owns. Its name is short: a socket's path has at
// most 107 characters.
std::string make_server_folder();

// Starts a program; what it says is appended to the file `log`. `end_signal` is what it gets when
// we die.
pid_t start_as_server(const std::vector<std::string>& command, const std::string& log,
                      int end_signal);
// Runs a program to its end; its exit status, -1 for a signal.
int run_as_server(const std::vector<std::string>& command, std::string* output = nullptr);
// kill -9 of a process and its children, at once.
void kill_with_children(pid_t process);

}  // namespace b3iq::storage
