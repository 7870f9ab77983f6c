// Any bytes as a model catalogue: read or refused; what is read cannot become a path or another
// host.
#include <cstdint>
#include <string_view>

#include "agent/catalogue/model_catalogue.h"
#include "base/check.h"

int fuzz_catalogue(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto catalogue = b3iq::agent::read_catalogue(text);
  if (!catalogue.ok()) {
    B3_CHECK(!catalogue.error().detail.empty());
    return 0;
  }
  for (const auto& model : catalogue->models) {
    B3_CHECK(model.id.find_first_of("/\\ \n$`'\"") == model.id.npos && model.id.front() != '.');
    B3_CHECK(catalogue->find(model.id) == &model);
    B3_CHECK(!model.files.empty() && model.download_bytes() > 0);
    for (const auto& file : model.files) {
      B3_CHECK(file.name.find('/') == file.name.npos && file.name.front() != '.');
      B3_CHECK(file.url.starts_with("https://") && file.url.find('@') == file.url.npos);
      B3_CHECK(!file.sha256 || file.sha256->size() == 64);
    }
  }
  return 0;
}
