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
  Sides strangers(2027);
  const Met paired = meet(strangers, strangers.pairing());
  found["pairing-message-1"] = paired.first;
  found["pairing-message-2"] = paired.second;
  found["pairing-message-3"] = paired.third;
  return found;
}

// Bodies travel on the lanes with credits, all else on the control lane.
Lane lane_of(std::string_view kind) {
  return kind == "batch" ? Lane::kLive : Lane::kControl;
}

// The first record of the caller after the handshake, had it sent this message.
Bytes record_of(std::string_view kind, Bytes message) {
  Sides sides(2026);
  Met met = meet(sides);
  Channel channel((*std::move(*met.a)).keys);
  if (kind == "bye") {
    channel.close_with(std::move(message), true);
  } else {
    channel.push(lane_of(kind), std::move(message));
  }
  return proto::to_bytes(channel.output().value());
}

// What the called side makes of it: the lane and the message.
std::pair<Lane, Bytes> opened(ByteView record) {
  Sides sides(2026);
  Met met = meet(sides);
  Channel channel((*std::move(*met.b)).keys);
  const auto room = channel.input_room();
  REQUIRE(record.size() <= room.size());
  std::copy(record.begin(), record.end(), room.begin());
  channel.received(record.size());
  const auto message = channel.next();
  REQUIRE((message.ok() && message->has_value()));
  return {(*message)->lane, proto::to_bytes((*message)->bytes)};
}

bool compare(const fs::path& file, const std::string& lines) {
  const bool write = std::getenv("COMITY_WRITE_GOLDEN") != nullptr;
  if (write && !fs::exists(file)) std::ofstream(file) << lines;
  REQUIRE_MESSAGE(fs::exists(file), file);
  return test::read_file(file) == lines;
}

}  // namespace

TEST_CASE("a handshake and the first records have the bytes that they always had") {
  const fs::path folder = COMITY_HANDSHAKE_GOLDEN;
  std::size_t files = 0;
  for (const auto& [name, bytes] : pieces()) {
    CHECK_MESSAGE(compare(folder / (name + ".hex"), lines_of(bytes)), name);
    ++files;
  }
  CHECK(files == 9);
}

TEST_CASE("a message of every kind makes the record that it always made, and comes out of it") {
  const fs::path folder = fs::path(COMITY_HANDSHAKE_GOLDEN) / "records";
  std::size_t kinds = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(COMITY_HANDSHAKE_GOLDEN).parent_path() / "v1")) {
    const std::string name = entry.path().stem().string();
    constexpr std::string_view kPrefix = "Wire.";
    if (!name.starts_with(kPrefix)) continue;
    const std::string kind = name.substr(kPrefix.size());
    CAPTURE(kind);
    std::string text = test::read_file(entry.path());
    std::erase(text, '\n');
    const Bytes message = proto::from_hex(text).value();
    const Bytes record = record_of(kind, message);
    CHECK(compare(folder / (kind + ".hex"), lines_of(record)));
    const auto [lane, read] = opened(record);
    CHECK(lane == lane_of(kind));
    CHECK(read == message);
    ++kinds;
  }
  CHECK(kinds >= 21);
  CHECK(kinds == static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {})));
}

}  // namespace comity::peer
