// Between the tokens and the reader: whole UTF-8 characters only, and nothing of a stop string,
// even where a stop string spans tokens. Text that may yet turn out to be the beginning of one is
// held back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace b3iq::runtimes::worker {

class TextFilter {
 public:
  explicit TextFilter(std::vector<std::string> stops);
  // Adds the bytes of one token and appends what may be shown to `out`. True when a stop string is
  // complete: nothing more will come.
  bool push(std::string_view piece, std::string& out);
  // The end of the answer: appends what was held back; a broken character becomes U+FFFD.
  void finish(std::string& out);
  // Bytes of input whose text has been given out. A token whose last byte is at or below this has
  // been shown.
  std::size_t released() const { return released_; }

 private:
  void release(std::size_t count, std::string& out);

  std::vector<std::string> stops_;
  std::string held_;
  std::size_t released_ = 0;
};

}  // namespace b3iq::runtimes::worker
