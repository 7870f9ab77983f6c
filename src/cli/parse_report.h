// What is printed when the command line cannot be meant.
#pragma once

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace b3iq::cli {

// Prints it, or what --help and --version ask for, and returns the exit code.
int report_parse_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace b3iq::cli
