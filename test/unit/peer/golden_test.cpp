// SPDX-License-Identifier: EUPL-1.2
// The bytes of one seeded handshake and of the first records, which stay for ever (test/golden/README.md).
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "test/unit/peer/sides.h"
#include "test/unit/vectors.h"

namespace comity::peer {
namespace {

namespace fs = std::filesystem;

class Silent final : public SessionHandler {
  void opened(Session& /*session*/) override {}
  void message(Session& /*session*/, v1::Lane /*lane*/, v1::Wire&& /*message*/,
               std::size_t /*bytes*/) override {}
  void room(Session& /*session*/, v1::Lane /*lane*/) override {}
  void closed(Session& /*session*/, const Error& /*why*/, const std::optional<v1::Bye>& /*theirs*/) override {
  }
};

std::string lines_of(ByteView bytes) {
  constexpr std::size_t kPerLine = 48;
  std::string text;
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(kPerLine, bytes.size())))
    text += proto::to_hex(bytes.first(std::min(kPerLine, bytes.size()))) + "\n";
  return text;
}

std::map<std::string, Bytes> pieces() {
  Sides sides(2026);
  Met met = meet(sides);
  Silent handler;
  const auto nobody = [] {};
  LiveSession a(*std::move(*met.a), hello_of(sides.a_claim), handler, {}, nobody);
  LiveSession b(*std::move(*met.b), hello_of(sides.b_claim), handler, {}, nobody);
  std::map<std::string, Bytes> found{
      {"message-1", met.first}, {"message-2", met.second}, {"message-3", met.third}};
  found["hello-of-caller"] = proto::to_bytes(a.output({}));
  found["hello-of-called"] = proto::to_bytes(b.output({}));
  a.taken(found["hello-of-caller"].size(), {});
  v1::Bye bye;
  bye.set_reason(v1::REASON_CLOSING);
  a.bye(bye);
  found["bye-of-caller"] = proto::to_bytes(a.output({}));
  return found;
}

}  // namespace

TEST_CASE("a handshake and the first records have the bytes that they always had") {
  const fs::path folder = COMITY_HANDSHAKE_GOLDEN;
  const bool write = std::getenv("COMITY_WRITE_GOLDEN") != nullptr;
  std::size_t files = 0;
  for (const auto& [name, bytes] : pieces()) {
    const fs::path file = folder / (name + ".hex");
    if (write && !fs::exists(file)) std::ofstream(file) << lines_of(bytes);
    REQUIRE_MESSAGE(fs::exists(file), file);
    CHECK_MESSAGE(test::read_file(file) == lines_of(bytes), name);
    ++files;
  }
  CHECK(files == 6);
}

}  // namespace comity::peer
