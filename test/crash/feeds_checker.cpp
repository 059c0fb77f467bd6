// SPDX-License-Identifier: EUPL-1.2
#include "test/crash/feeds_checker.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "crypto/sha256.h"
#include "node/feed/check_projections.h"
#include "node/feed/check_rows.h"
#include "node/feed/dispose.h"
#include "node/feed/fork_proofs.h"
#include "node/feed/tables.h"
#include "node/feed/withdraw.h"
#include "storage/memory/memory_store.h"
#include "storage/rocks/rocks_store.h"

namespace comity::crash {
namespace {

namespace fs = std::filesystem;
using feed::Withholding;
using proto::ByteView;
using proto::Code;
using proto::raw;
using proto::Seq;

storage::RocksOptions options() {
  storage::RocksOptions out;
  out.memory_limit = std::size_t{16} * 1024 * 1024;
  return out;
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

FeedsChecker::FeedsChecker(std::string directory, std::uint64_t seed)
    : directory_(std::move(directory)), cast_(seed) {}

FeedsChecker::Known& FeedsChecker::know(const Report& report) {
  const auto feed = proto::FeedId::from(report.feed).value();
  const auto id = proto::EntryId::from(report.entry).value();
  const auto [at, added] = known_.try_emplace({feed, report.number});
  if (added) at->second.id = id;
  if (at->second.id != id) {
    wrong(fmt::format("feed {} place {} was {} and is now {}", feed.hex(), report.number, at->second.id.hex(),
                      id.hex()));
  }
  return at->second;
}

void FeedsChecker::hear(const Report& report) {
  switch (report.kind) {
    case Report::Kind::kOpened:
      opened_once_ = true;
      return;
    case Report::Kind::kStored:
      know(report).digest = proto::Sha256Digest::from(report.digest).value();
      return;
    case Report::Kind::kReceived:
      know(report);
      return;
    case Report::Kind::kForked:
      forked_.insert(proto::FeedId::from(report.feed).value());
      return;
    case Report::Kind::kHeld:
      know(report).held = true;
      return;
    case Report::Kind::kDoomed: {
      Known& known = know(report);
      if (known.held) wrong("an entry under hold is disposed of: " + known.id.hex());
      known.doomed = true;
      known.needles.clear();
      for (const auto& needle : report.needles)
        known.needles.emplace_back(needle.begin(), needle.end());
      return;
    }
    case Report::Kind::kErased:
      know(report).erased = true;
      return;
    case Report::Kind::kWithdrawn:
      know(report).withdrawn = true;
      return;
    case Report::Kind::kRebuilding:
      rebuilding_ = true;
      return;
    case Report::Kind::kRebuilt:
      rebuilding_ = false;
      return;
    case Report::Kind::kWrong:
      return wrong(report.text);
    default:
      return;  // of the other workload
  }
}

std::vector<std::string> FeedsChecker::check(bool /*power_lost*/, bool on_copy) {
  check_files();
  std::string place = directory_;
  if (on_copy) {
    place += "-copy";
    fs::remove_all(place);
    if (fs::exists(directory_)) fs::copy(directory_, place);
  }
  auto opened = storage::RocksStore::open(place, feed_tables(), options());
  if (opened.ok()) {
    check_content(**opened);
    if (const auto closed = (*opened)->close(); !closed.ok())
      wrong("closing: " + proto::to_string(closed.error()));
  } else if (opened_once_ || opened.error().code != Code::kStoreMissing) {
    wrong("opening: " + proto::to_string(opened.error()));
  }
  return std::exchange(wrongs_, {});
}

// Before anything is opened: what was erased may not even lie in a log.
void FeedsChecker::check_files() {
  std::error_code ignored;
  for (const auto& file : fs::directory_iterator(directory_, ignored)) {
    if (!file.is_regular_file()) continue;
    const std::string all = content_of(file.path());
    for (const auto& [place, known] : known_) {
      if (!known.erased) continue;
      for (const proto::Bytes& needle : known.needles) {
        if (all.find(proto::as_text(needle)) == std::string::npos) continue;
        wrong(fmt::format("{} still holds bytes of the erased entry {}", file.path().filename().string(),
                          known.id.hex()));
      }
    }
  }
}

void FeedsChecker::check_content(storage::Store& store) {
  {
    const auto view = store.snapshot();
    if (!view.ok()) return wrong("no snapshot");
    const feed::FeedReader reader(**view, cast_.storage_key);
    for (const auto& [place, known] : known_)
      check_entry(**view, reader, place, known);
    check_feeds(**view);
    check_rows(store, **view);
    check_slots(store, **view);
  }
  check_projections(store);
}

void FeedsChecker::check_entry(const storage::View& view, const feed::FeedReader& reader, const Place& place,
                               const Known& known) {
  const auto told = [&](std::string_view what) {
    wrong(fmt::format("entry {} (seq {}): {}", known.id.hex(), place.second, what));
  };
  const auto stored = reader.header(place.first, Seq{place.second});
  if (!stored.ok()) return told("acknowledged, and gone: " + proto::to_string(stored.error()));
  if (stored->header.id != known.id) return told("another entry stands at its place");
  const auto found = reader.find(known.id);
  if (!found.ok() || found->header.seq != stored->header.seq) return told("the index does not lead to it");
  const auto withheld = reader.withheld(place.first, Seq{place.second});
  if (!withheld.ok()) return told(proto::to_string(withheld.error()));
  const bool gone = withheld->why == Withholding::kDisposed || withheld->why == Withholding::kExpired;
  if (gone && !known.doomed) return told("its body was erased and nobody asked for it");
  if (!gone && known.erased) return told("its body is back");
  if (known.held) {
    const auto held = feed::is_held(view, known.id);
    if (!held.ok() || !*held) told("its hold is gone");
  }
  if (known.withdrawn && !rebuilding_) {
    const auto word = feed::withdrawn(view, stored->header, [](const auto&) { return false; });
    if (!word.ok() || !*word) told("it is not withdrawn any more");
  }
  if (gone) {
    if (view.get(feed::kBodies.key(place.first, Seq{place.second}))->has_value()) told("its body is there");
    return;
  }
  const auto body = feed::is_quarantine(withheld->why) ? reader.quarantined_body(stored->header)
                                                       : reader.body(stored->header);
  if (!body.ok()) return told("its body: " + proto::to_string(body.error()));
  if (!known.digest) return;
  const auto content = reader.content(stored->header);
  if (!content.ok()) return told("its content: " + proto::to_string(content.error()));
  if (crypto::sha256(proto::as_bytes(content->data())) != *known.digest) told("another content");
}

// Chains, and what nobody was told of yet but is there now: it must never be lost or replaced again.
void FeedsChecker::check_feeds(const storage::View& view) {
  const feed::FeedReader reader(view, cast_.storage_key);
  std::vector<feed::FeedState> feeds;
  const auto walked = feed::each_feed(view, [&](const feed::FeedState& state) {
    feeds.push_back(state);
    return true;
  });
  if (!walked.ok()) wrong("the feeds: " + proto::to_string(walked.error()));
  for (const feed::FeedState& state : feeds) {
    const auto verified = feed::verify_feed(view, cast_.storage_key, state.feed(), cast_.signers);
    if (!verified.ok()) {
      wrong(fmt::format("feed {}: {}", state.feed().hex(), proto::to_string(verified.error())));
      continue;
    }
    if (*verified != raw(state.end.seq)) wrong("a feed of other length than its head says");
    const auto headers = reader.headers(state.feed(), Seq{1}, 1'000'000);
    if (!headers.ok()) continue;
    for (const feed::StoredHeader& stored : *headers)
      known_.try_emplace({state.feed(), raw(stored.header.seq)}, Known{.id = stored.header.id});
    if (!forked_.contains(state.feed())) continue;
    const auto proof = feed::find_fork_proof(view, state.feed());
    if (state.frozen != Code::kFeedForked || !proof.ok() || !*proof ||
        !feed::verify_fork(**proof, cast_.signers).ok()) {
      wrong("the proof of a fork is gone");
    }
  }
  for (const proto::FeedId& feed : forked_) {
    if (!feed::find_feed(view, feed)->has_value()) wrong("a forked feed is gone");
  }
}

void FeedsChecker::check_rows(storage::Store& store, const storage::View& view) {
  storage::Verifying verifying;
  verifying.check = [&](const storage::TableInfo& table, ByteView key, ByteView value) {
    return feed::check_row(view, cast_.storage_key, table, key, value);
  };
  verifying.found = [&](const storage::Damage& damage) {
    wrong(fmt::format("damage in {}: {}", damage.table, proto::to_string(damage.error)));
  };
  const auto verified = store.verify(storage::Depth::kRows, verifying);
  if (!verified.ok()) wrong("verify: " + proto::to_string(verified.error()));
}

void FeedsChecker::check_projections(storage::Store& store) {
  const auto scratch = storage::MemoryStore::open(std::make_shared<storage::MemoryDisk>(), feed_tables());
  if (!scratch.ok()) return wrong("no scratch store");
  const Derived derived;
  const auto compared =
      feed::compare_projections(store, **scratch, cast_.storage_key, derived.synchronous, derived.followers,
                                [&](const storage::TableInfo&, ByteView, const proto::Error& error) {
                                  wrong("projections: " + proto::to_string(error));
                                },
                                {});
  if (!compared.ok()) return wrong("projections: " + proto::to_string(compared.error()));
  if (!compared->unbuilt.empty()) {
    if (!rebuilding_) wrong("a projection is unbuilt, and nothing was building it");
    return;
  }
  // The same in short: both ways of building them give one hash.
  const auto held = store.snapshot();
  const auto made = (*scratch)->snapshot();
  const std::vector<storage::TableInfo> tables{feed::kBySpace.info(), feed::kWithdrawals.info(),
                                               feed::kSpaceCounts.info()};
  if (feed::range_hash(**held, tables).value() != feed::range_hash(**made, tables).value())
    wrong("the projections have another hash than those built anew");
}

void FeedsChecker::check_slots(storage::Store& store, const storage::View& view) {
  const auto info = storage::read_info(store);
  const auto running = storage::meta::read_migration(view);
  if (!info.ok() || !running.ok()) return wrong("the stamp cannot be read");
  const std::uint32_t done = *running ? proto::from_be<std::uint32_t>((*running)->cursor) : 0;
  for (std::uint32_t slot = 0; slot < kSlotCount; ++slot) {
    const auto value = view.get(kSlots.key(slot));
    if (value.ok() && !*value && slot == 0 && info->stamp.schema == 1) return;  // not filled yet
    if (!value.ok() || !*value ||
        proto::from_be<std::uint32_t>(**value) != info->stamp.schema + (slot < done ? 1 : 0)) {
      return wrong(
          fmt::format("slot {} does not fit schema {} with {} done", slot, info->stamp.schema, done));
    }
  }
}

}  // namespace comity::crash
