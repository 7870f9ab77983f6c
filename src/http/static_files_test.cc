#include "http/static_files.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

namespace b3iq::http {
namespace {

namespace fs = std::filesystem;

class StaticFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("static_" + std::to_string(::getpid()));
    fs::create_directories(folder_ / "web" / "assets");
    write("web/index.html", "<p>" + std::string(5000, 'h'));
    write("web/assets/index-BvT4kq9x.js", std::string(5000, 'j'));
    write("web/assets/logo.png", std::string(5000, 'p'));
    write("web/small.txt", "small");
    write("web/ready.css", std::string(3000, 'c'));
    write("web/ready.css.gz", "made before");
    write("web/.env", "secret");
    write("outside.txt", "secret");
    fs::create_symlink(folder_ / "outside.txt", folder_ / "web" / "link.txt");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name) << bytes;
  }

  static std::string header(const Response& response, std::string_view name) {
    for (const auto& each : response.headers) {
      if (each.name == name) return each.value;
    }
    return "";
  }
  static Request asking(std::initializer_list<HeaderView> headers) {
    Request request;
    request.headers = headers;
    return request;
  }

  fs::path folder_;
};

std::string unzip(const std::string& bytes) {
  std::string out(100'000, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST_F(StaticFilesTest, TypesTagsAndCaching) {
  const auto files = StaticFiles::load((folder_ / "web").string()).value();
  const auto index = files.answer(asking({}), "").value();
  EXPECT_EQ(index.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(header(index, "Cache-Control"), "no-cache");
  EXPECT_EQ(std::get<std::string>(index.body).size(), 5003u);
  const auto script = files.answer(asking({}), "assets/index-BvT4kq9x.js").value();
  EXPECT_EQ(header(script, "Cache-Control"), "public, max-age=31536000, immutable");
  const auto tag = header(script, "ETag");
  const auto again =
      files.answer(asking({{"If-None-Match", "\"x\", W/" + tag}}), "assets/index-BvT4kq9x.js")
          .value();
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(header(again, "ETag"), tag);
  EXPECT_EQ(files.answer(asking({{"If-None-Match", "\"other\""}}), "small.txt").value().status,
            200);
}

TEST_F(StaticFilesTest, Compression) {
  const auto files = StaticFiles::load((folder_ / "web").string()).value();
  const auto get = [&](std::string_view accepts, std::string_view path) {
    return files.answer(asking({{"Accept-Encoding", accepts}}), path).value();
  };
  const auto zipped = get("br, gzip;q=0.5", "index.html");
  EXPECT_EQ(header(zipped, "Content-Encoding"), "gzip");
  EXPECT_EQ(header(zipped, "Vary"), "Accept-Encoding");
  EXPECT_EQ(unzip(std::get<std::string>(zipped.body)).size(), 5003u);
  EXPECT_NE(header(zipped, "ETag"), header(get("", "index.html"), "ETag"));
  EXPECT_EQ(header(get("gzip;q=0", "index.html"), "Content-Encoding"), "");
  EXPECT_EQ(header(get("gzip", "small.txt"), "Content-Encoding"), "");
  EXPECT_EQ(header(get("gzip", "assets/logo.png"), "Content-Encoding"), "");
  EXPECT_EQ(std::get<std::string>(get("gzip", "ready.css").body), "made before");
}

TEST_F(StaticFilesTest, G2_25_NothingOutside) {
  const auto files = StaticFiles::load((folder_ / "web").string()).value();
  for (const char* path :
       {"../outside.txt", "link.txt", ".env", "assets", "assets/", "assets/../small.txt", "/",
        "ready.css.gz", "nothing", "%2e%2e/outside.txt"}) {
    const bool found = files.answer(asking({}), path).ok();
    EXPECT_EQ(found, std::string_view(path) == "/") << path;
  }
  EXPECT_EQ(files.answer_app(asking({}), "some/page").value().content_type,
            "text/html; charset=utf-8");
  EXPECT_FALSE(files.answer_app(asking({}), "some/page.js").ok());
  EXPECT_FALSE(StaticFiles::load((folder_ / "none").string()).ok());
}

TEST(StaticNames, Hashed) {
  EXPECT_TRUE(has_hashed_name("assets/index-BvT4kq9x.js"));
  EXPECT_TRUE(has_hashed_name("a-b-D3-fGh1j.css"));
  EXPECT_FALSE(has_hashed_name("my-settings.js"));
  EXPECT_FALSE(has_hashed_name("index.html"));
  EXPECT_FALSE(has_hashed_name("long-component.js"));
}

}  // namespace
}  // namespace b3iq::http
