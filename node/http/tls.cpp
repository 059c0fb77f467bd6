// SPDX-License-Identifier: EUPL-1.2
// TLS between two buffers in memory: OpenSSL sees no socket, so it runs over any Stream, in a test over none.
#include "node/http/tls.h"

#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "node/runtime/condition.h"

namespace comity::http {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;
using runtime::Stream;
using runtime::Task;

struct FreeContext {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const noexcept { SSL_free(session); }
};

// As large as a record of TLS, so that one reading takes a whole one.
constexpr std::size_t kPiece = 16 * 1024;

/// What OpenSSL says of the last failure of this thread; its queue is then empty.
std::string last_words() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_peek_error();
  ERR_clear_error();
  if (code == 0) return "no reason was given";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

// Browsers that also speak HTTP/2 are told that this server does not.
int choose_protocol(SSL* /*session*/, const unsigned char** out, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void* /*unused*/) {
  static constexpr unsigned char kOurs[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, size, kOurs, sizeof(kOurs), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

class OpenSslContext final : public TlsContext {
 public:
  explicit OpenSslContext(std::unique_ptr<SSL_CTX, FreeContext> context) : context_(std::move(context)) {}
  [[nodiscard]] SSL_CTX* get() const noexcept { return context_.get(); }

 private:
  std::unique_ptr<SSL_CTX, FreeContext> context_;
};

class TlsStream final : public Stream {
 public:
  TlsStream(std::shared_ptr<const OpenSslContext> context, std::unique_ptr<Stream> under)
      : context_(std::move(context)), under_(std::move(under)), session_(SSL_new(context_->get())) {
    BIO* const in = BIO_new(BIO_s_mem());
    BIO* const out = BIO_new(BIO_s_mem());
    if (session_ == nullptr || in == nullptr || out == nullptr) {
      BIO_free(in);
      BIO_free(out);
      throw std::bad_alloc();
    }
    SSL_set_bio(session_.get(), in, out);
    SSL_set_accept_state(session_.get());
  }

  Task<Result<std::size_t>> read_some(std::span<std::byte> out) override {
    if (out.empty()) co_return std::size_t{0};
    for (;;) {
      std::size_t count = 0;
      ERR_clear_error();
      const int done = SSL_read_ex(session_.get(), out.data(), out.size(), &count);
      const int reason = SSL_get_error(session_.get(), done);
      std::string words;
      if (done != 1 && reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_ZERO_RETURN) words = last_words();
      // A handshake answers, and so does a failure: the caller is told why.
      const Status sent = co_await flush();
      if (done == 1) co_return count;
      if (reason == SSL_ERROR_ZERO_RETURN) co_return Error{Code::kEndOfStream};
      if (reason != SSL_ERROR_WANT_READ) co_return Error{Code::kTransport, "TLS: " + words};
      COMITY_CO_CHECK(sent);
      COMITY_CO_CHECK(co_await take());
    }
  }

  Task<Result<std::size_t>> write_some(proto::ByteView bytes) override {
    if (bytes.empty()) co_return std::size_t{0};
    std::size_t count = 0;
    ERR_clear_error();
    const proto::ByteView piece = bytes.first(std::min(bytes.size(), kPiece));
    // It never waits for reading: a server writes after a request, and nobody may renegotiate.
    if (SSL_write_ex(session_.get(), piece.data(), piece.size(), &count) != 1)
      co_return Error{Code::kTransport, "TLS: " + last_words()};
    COMITY_CO_CHECK(co_await flush());
    co_return count;
  }

  void finish_writes() noexcept override { under_->finish_writes(); }
  void close() noexcept override {
    under_->close();
    flushed_.notify_all();
  }
  const runtime::Endpoint& peer() const noexcept override { return under_->peer(); }

 private:
  /// Hands more bytes of the caller to OpenSSL.
  Task<Status> take() {
    std::vector<std::byte> piece(kPiece);
    COMITY_CO_TRY(const std::size_t count, co_await under_->read_some(piece));
    BIO_write(SSL_get_rbio(session_.get()), piece.data(), static_cast<int>(count));
    co_return Status{};
  }

  /// Sends what OpenSSL has for the caller. Reading and writing may both have something: one sends at a time.
  Task<Status> flush() {
    while (flushing_)
      COMITY_CO_CHECK(co_await flushed_.wait());
    BIO* const out = SSL_get_wbio(session_.get());
    if (BIO_pending(out) == 0) co_return Status{};
    flushing_ = true;
    Status sent;
    while (sent.ok() && BIO_pending(out) > 0) {
      std::vector<std::byte> piece(static_cast<std::size_t>(BIO_pending(out)));
      BIO_read(out, piece.data(), static_cast<int>(piece.size()));
      sent = co_await runtime::write_all(*under_, piece);
    }
    flushing_ = false;
    flushed_.notify_all();
    co_return sent;
  }

  std::shared_ptr<const OpenSslContext> context_;
  std::unique_ptr<Stream> under_;
  std::unique_ptr<SSL, FreeSession> session_;
  bool flushing_ = false;
  runtime::Condition flushed_;
};

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const std::filesystem::path& certificate,
                                                           const std::filesystem::path& key) {
  ERR_clear_error();
  std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr) return Error{Code::kConfigValue, "OpenSSL: " + last_words()};
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  // Of TLS 1.2 only what keeps its secrets when the key is stolen later (RFC 9325 section 4.2).
  SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20");
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1)
    return Error{Code::kConfigValue,
                 "web.tls_certificate: " + certificate.string() + " cannot be used: " + last_words()};
  if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1)
    return Error{Code::kConfigValue, "web.tls_key: it cannot be used: " + last_words()};
  return std::shared_ptr<const TlsContext>(std::make_shared<OpenSslContext>(std::move(context)));
}

std::unique_ptr<Stream> accept_tls(std::shared_ptr<const TlsContext> context,
                                   std::unique_ptr<Stream> stream) {
  return std::make_unique<TlsStream>(std::static_pointer_cast<const OpenSslContext>(std::move(context)),
                                     std::move(stream));
}

}  // namespace comity::http
