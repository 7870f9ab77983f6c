// Which back ends a worker loads.
#include <gtest/gtest.h>

#include "runtimes/embedded/embedded_fixture.h"

namespace b3iq::runtimes {
namespace {

namespace fs = std::filesystem;

// The build's libraries and, beside them, a GPU's that ends its loader.
class FolderWithGpu {
 public:
  explicit FolderWithGpu(const fs::path& libraries) {
    auto pattern = (fs::temp_directory_path() / "b3iq-lib-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
    for (const auto& entry : fs::directory_iterator(libraries)) {
      fs::create_symlink(entry.path(), path_ / entry.path().filename());
    }
    fs::create_symlink(program_folder().parent_path() / "bait" / "libggml-vulkan.so",
                       path_ / "libggml-vulkan.so");
    fs::permissions(path_, fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  }
  ~FolderWithGpu() { fs::remove_all(path_); }
  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

TEST(WorkerKernels, WithoutGpuLayersNoGpuBackEndIsLoaded) {
  EmbeddedSettings settings = test_settings();
  const FolderWithGpu folder(settings.llama_folder);
  settings.llama_folder = folder.path();
  const auto answer = Node(settings).ask(kFrance);
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->text, kParis);

  settings.gpu_layers = -1;
  const auto failed = Node(settings).ask(kFrance);
  ASSERT_FALSE(failed.ok());  // so the bait would have been noticed
  EXPECT_NE(failed.error().detail.find("signal 6"), std::string::npos) << failed.error().detail;
}

}  // namespace
}  // namespace b3iq::runtimes
