// One download through ModelDownload, for bench/downloads.mjs:
//   fetch_model URL PART
// prints the SHA-256 of what came, or fails.
#include <cstdio>
#include <optional>
#include <utility>

#include "agent/downloads/model_download.h"

namespace {

using b3iq::agent::ModelDownload;
using b3iq::agent::ReceivedFile;
using b3iq::base::Result;

b3iq::base::Task<void> fetch(ModelDownload& download, const char* url, const char* part,
                             b3iq::http::EventLoop& loop,
                             std::optional<Result<ReceivedFile>>& out) {
  auto fetching = download.fetch({.url = url, .size_bytes = {}, .sha256 = {}}, part, {}, {});
  out.emplace(co_await std::move(fetching));
  loop.stop();
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::fputs("usage: fetch_model URL PART\n", stderr);
    return 2;
  }
  b3iq::http::EventLoop loop;
  ModelDownload download(loop);
  std::optional<Result<ReceivedFile>> received;
  loop.post([&] { b3iq::base::detach(fetch(download, words[1], words[2], loop, received)); });
  loop.run();
  if (!received || !received->ok()) {
    std::fprintf(stderr, "fetch_model: %s\n",
                 received ? received->error().detail.c_str() : "nothing came");
    return 1;
  }
  std::puts((*received)->sha256.c_str());
  return 0;
}
