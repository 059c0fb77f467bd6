// SPDX-License-Identifier: EUPL-1.2
#include "crypto/sha256.h"

#include <stdexcept>

#include <openssl/evp.h>

namespace comity::crypto {
namespace {

using proto::as_bytes;

constexpr std::string_view kContextPrefix = "comity.v1.";
constexpr std::string_view kContextEnd{"\0", 1};

// Looking an algorithm up costs more than hashing a header. The object is kept until the process ends, since
// thread-local contexts may still refer to it while static objects are destroyed.
const EVP_MD* algorithm() {
  static const EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (found == nullptr) throw std::runtime_error("libcrypto offers no SHA-256");
  return found;
}

void require(int result) {
  if (result != 1) throw std::runtime_error("libcrypto's SHA-256 failed");
}

// One context per thread for the one-shot functions: making a context costs as much as a short hash.
Sha256& local_hash() {
  thread_local Sha256 hash;
  return hash;
}

}  // namespace

struct Sha256::State {
  State() : context(EVP_MD_CTX_new()) {
    if (context == nullptr) throw std::bad_alloc();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }

  // Also forgets the digest of what went before: it may have been a key.
  void start() { require(EVP_DigestInit_ex2(context, algorithm(), nullptr)); }

  EVP_MD_CTX* context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  state_->start();
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

Sha256& Sha256::update(ByteView bytes) {
  require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()));
  return *this;
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  require(EVP_DigestFinal_ex(state_->context, proto::as_uchar(digest.writable()), nullptr));
  state_->start();
  return digest;
}

Sha256Digest sha256(std::initializer_list<ByteView> parts) {
  Sha256& hash = local_hash();
  for (ByteView part : parts)
    hash.update(part);
  return hash.finish();
}

Sha256Digest sha256(ByteView bytes) {
  return sha256({bytes});
}

Sha256Digest tagged_hash(std::string_view thing, std::initializer_list<ByteView> parts) {
  Sha256& hash = local_hash();
  hash.update(as_bytes(kContextPrefix)).update(as_bytes(thing)).update(as_bytes(kContextEnd));
  for (ByteView part : parts)
    hash.update(part);
  return hash.finish();
}

proto::Bytes context(std::string_view thing) {
  return proto::concat({as_bytes(kContextPrefix), as_bytes(thing), as_bytes(kContextEnd)});
}

}  // namespace comity::crypto
