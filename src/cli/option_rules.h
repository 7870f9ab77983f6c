// What an option's value may be: checked before it is read, said in plain words, and shown in
// --help and the manual as what to type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class Option;
}

namespace b3iq::cli {

// Both bounds are allowed values.
void takes_whole_number(CLI::Option* option, std::int64_t least, std::int64_t most);
void takes_number(CLI::Option* option, double least, double most);
// A number of bytes, 1024 of them to the KiB: "10MiB", "500KB", "4096".
void takes_bytes(CLI::Option* option);
// One of these words; of an option that may be repeated each of its values.
void takes_one_of(CLI::Option* option, const std::vector<std::string>& words);
// Whether a word that was wrong may be told back: a secret that was pasted is no such word.
bool is_plain_word(std::string_view word);
// The words, for completions; none when any value is taken.
std::vector<std::string> words_taken(const CLI::Option& option);

}  // namespace b3iq::cli
