// Redirects: followed hop by hop under the rules of each hop. TLS.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>

#include "agent/downloads/download_fixture.h"
#include "agent/downloads/redirecting_client.h"
#include "http/router.h"
#include "http/server.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

constexpr std::size_t kSize = 1'500'000;

std::string redirect_to(const std::string& location, std::string_view status = "302 Found") {
  return std::string("HTTP/1.1 ")
      .append(status)
      .append("\r\nLocation: ")
      .append(location)
      .append("\r\nContent-Length: 0\r\n\r\n");
}

class ModelDownloadRedirect : public DownloadTest {
 protected:
  base::Error refused(const std::string& url) {
    const auto received = fetch({.url = url, .size_bytes = {}, .sha256 = {}});
    EXPECT_FALSE(received.ok());
    return received.ok() ? base::Error(ErrorCode::internal, "") : received.error();
  }
  const std::string file = file_of(kSize);
};

TEST_F(ModelDownloadRedirect, IsFollowedOverServersAndRelativeAddresses) {
  ScriptedUpstream store([&](const Wire& wire, const std::string& request) {
    if (request.starts_with("GET /deep/down?sig=1 ")) {
      wire.say(redirect_to("../blob?sig=2", "307 Temporary Redirect"));
      return;
    }
    if (request.starts_with("GET /blob?sig=2 ")) {
      wire.say(redirect_to("/file%20name", "301 Moved Permanently"));
      return;
    }
    serve_well(wire, request, file);
  });
  ScriptedUpstream front([&](const Wire& wire, const std::string&) {
    wire.say(redirect_to(store.root_url() + "/deep/down?sig=1#part"));
  });
  expect_received(fetch({.url = front.root_url() + "/a", .size_bytes = {}, .sha256 = {}}), part(),
                  file);
  ASSERT_EQ(store.requests().size(), 3u);
  EXPECT_TRUE(store.requests()[2].starts_with("GET /file%20name HTTP/1.1\r\n"));
}

TEST_F(ModelDownloadRedirect, TheRangeGoesOverEachHop) {
  std::atomic<int> served = 0;
  ScriptedUpstream server([&](const Wire& wire, const std::string& request) {
    if (request.starts_with("GET /a ")) {
      wire.say(redirect_to("/signed-" + std::to_string(served)));
      return;
    }
    if (served++ > 0) return serve_well(wire, request, file);
    wire.say(whole_head(kSize));
    wire.say(std::string_view(file).substr(0, kSize / 3));
    throw ScriptedUpstream::HangUp{};
  });
  expect_received(fetch({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}}), part(),
                  file);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 4u) << "signed addresses are asked for anew";
  EXPECT_TRUE(requests[3].starts_with("GET /signed-1 "));
  EXPECT_EQ(range_start(requests[3]), kSize / 3);
}

TEST_F(ModelDownloadRedirect, G6_80_LoopsHaveAnEnd) {
  ScriptedUpstream server(
      [&](const Wire& wire, const std::string&) { wire.say(redirect_to("/again")); });
  const auto error = refused(server.root_url() + "/a");
  EXPECT_EQ(error.code, ErrorCode::download_refused);
  EXPECT_EQ(server.requests().size(), 1u + kMaxRedirects);
}

TEST_F(ModelDownloadRedirect, G6_70_NeverToMetadataOrLinkLocalAddresses) {
  for (const char* target :
       {"http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "http://100.100.100.200/",
        "http://[::ffff:169.254.169.254]/", "http://0.0.0.0/", "http://[fd00:ec2::254]/"}) {
    ScriptedUpstream server(
        [&](const Wire& wire, const std::string&) { wire.say(redirect_to(target)); });
    const auto error = refused(server.root_url() + "/a");
    EXPECT_EQ(error.code, ErrorCode::download_refused) << target << ": " << error.detail;
    EXPECT_EQ(server.requests().size(), 1u);
  }
}

TEST_F(ModelDownloadRedirect, G6_70_TheFirstAddressIsCheckedToo) {
  EXPECT_EQ(refused("http://169.254.169.254/a").code, ErrorCode::download_refused);
  network.own_port = 8123;
  EXPECT_EQ(refused("http://127.0.0.1:8123/a").code, ErrorCode::download_refused);
  EXPECT_FALSE(was_in(DownloadPhase::waiting)) << "a refusal is not tried again";
}

TEST_F(ModelDownloadRedirect, G6_70_NeverToTheNodeItself) {
  ScriptedUpstream own(
      [&](const Wire& wire, const std::string& request) { serve_well(wire, request, file); });
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say(redirect_to(own.root_url() + "/setup/v1/owner"));
  });
  network.own_port = own.port();
  EXPECT_EQ(refused(server.root_url() + "/a").code, ErrorCode::download_refused);
  EXPECT_EQ(own.connections(), 0);
}

TEST_F(ModelDownloadRedirect, StrangeTargetsAreRefused) {
  for (const char* target : {"", "ftp://127.0.0.1/a", "file:///etc/passwd", "javascript:1",
                             "http://user:password@127.0.0.1/a", "http://", "//"}) {
    ScriptedUpstream server(
        [&](const Wire& wire, const std::string&) { wire.say(redirect_to(target)); });
    const auto error = refused(server.root_url() + "/a");
    EXPECT_EQ(error.code, ErrorCode::download_refused) << target;
    EXPECT_THAT(error.detail, testing::Not(HasSubstr("password@")));
    EXPECT_EQ(server.requests().size(), 1u);
  }
}

// A certificate for 127.0.0.1, and the server that shows it on the test's own loop.
class TlsServer {
 public:
  TlsServer(http::EventLoop& loop, const std::string& folder) : router_(render) {
    certificate = folder + "/certificate.pem";
    write_certificate(certificate, folder + "/key.pem");
    http::ServerOptions options;
    options.listen.host = "127.0.0.1";
    options.tls = http::TlsFiles{certificate, folder + "/key.pem"};
    router_.add(
        http::Method::get, "/file", "file", open_, render, 0,
        [this](http::Request&, const http::Public::Principal&) { return answer(body, {}); });
    router_.add(
        http::Method::get, "/down", "down", open_, render, 0,
        [this](http::Request&, const http::Public::Principal&) { return answer("", location); });
    auto started = http::Server::start(loop, router_, std::move(options));
    EXPECT_TRUE(started.ok());
    if (started.ok()) server_ = std::move(*started);
  }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(server_->port()); }

  std::string certificate;
  std::string body;
  std::string location;

 private:
  static http::Response render(const base::Error&, const http::Request&) { return {.status = 500}; }
  static base::Task<base::Result<http::Response>> answer(std::string body, std::string location) {
    http::Response response;
    response.body = std::move(body);
    if (!location.empty()) {
      response.status = 302;
      response.headers.push_back({"Location", location});
    }
    co_return response;
  }
  static void write_certificate(const std::string& path, const std::string& key_path) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* made = X509_new();
    X509_set_version(made, 2);
    X509_gmtime_adj(X509_getm_notBefore(made), -60);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    X509_set_pubkey(made, key);
    X509_NAME* name = X509_get_subject_name(made);
    const auto* text = reinterpret_cast<const unsigned char*>("test");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(made, name);
    X509_EXTENSION* names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(made, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(made, key, EVP_sha256());
    FILE* out = std::fopen(path.c_str(), "w");
    PEM_write_X509(out, made);
    std::fclose(out);
    out = std::fopen(key_path.c_str(), "w");
    PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
    std::filesystem::permissions(key_path, std::filesystem::perms::owner_read);
    X509_free(made);
    EVP_PKEY_free(key);
  }

  http::Public open_;
  http::Router router_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(ModelDownloadRedirect, HttpsWithTheNamedAuthority) {
  TlsServer server(loop.loop(), folder);
  server.body = file;
  const DownloadSource source{.url = server.url() + "/file", .size_bytes = {}, .sha256 = {}};
  const auto error = refused(source.url);
  EXPECT_EQ(error.code, ErrorCode::download_refused) << error.detail;
  EXPECT_THAT(error.detail, HasSubstr("certificate"));
  EXPECT_FALSE(was_in(DownloadPhase::waiting)) << "waiting does not make it trusted";
  network.ca_file = server.certificate;
  expect_received(fetch(source), part(), file);
}

TEST_F(ModelDownloadRedirect, G6_80_NeverFromHttpsToHttp) {
  ScriptedUpstream plain(
      [&](const Wire& wire, const std::string& request) { serve_well(wire, request, file); });
  TlsServer server(loop.loop(), folder);
  network.ca_file = server.certificate;
  server.location = plain.root_url() + "/a";
  const auto error = refused(server.url() + "/down");
  EXPECT_EQ(error.code, ErrorCode::download_refused);
  EXPECT_THAT(error.detail, HasSubstr("https to http"));
  EXPECT_EQ(plain.connections(), 0);
}

TEST_F(ModelDownloadRedirect, FromHttpToHttps) {
  TlsServer server(loop.loop(), folder);
  server.body = file;
  network.ca_file = server.certificate;
  ScriptedUpstream plain(
      [&](const Wire& wire, const std::string&) { wire.say(redirect_to(server.url() + "/file")); });
  expect_received(fetch({.url = plain.root_url() + "/a", .size_bytes = {}, .sha256 = {}}), part(),
                  file);
}

}  // namespace
}  // namespace b3iq::agent
