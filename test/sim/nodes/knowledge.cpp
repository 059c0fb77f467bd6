// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/nodes/knowledge.h"

#include <algorithm>
#include <bitset>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

#include "node/feed/tables.h"
#include "node/home/tables.h"
#include "proto/decode.h"

namespace comity::sim::nodes {
namespace {

using proto::raw;
using proto::Seq;

template <class T>
T must(proto::Result<T> result, const std::string& what) {
  if (!result.ok()) throw std::runtime_error(what + ": " + proto::to_string(result.error()));
  return *std::move(result);
}

/// Somebody's right to a feed, as one AUDIENCE entry gives it: from `from` to the AUDIENCE that follows.
struct Right {
  AgencyId agency;
  std::uint64_t from = 1;
  std::uint64_t to = 0;
};

std::vector<Right> rights_in(const std::vector<std::pair<std::uint64_t, v1::Audience>>& audiences,
                             std::uint64_t head) {
  std::vector<Right> out;
  for (std::size_t i = 0; i < audiences.size(); ++i) {
    // Whom the next one leaves out sees that very entry, by which it learns so.
    const std::uint64_t to = i + 1 < audiences.size() ? audiences[i + 1].first : head;
    for (const v1::AudienceMember& member : audiences[i].second.member()) {
      const auto agency = AgencyId::from(proto::as_bytes(member.agency()));
      if (agency.ok()) out.push_back({*agency, member.from_seq(), to});
    }
    for (const std::string& relay : audiences[i].second.relay()) {
      const auto agency = AgencyId::from(proto::as_bytes(relay));
      if (agency.ok()) out.push_back({*agency, 1, to});
    }
  }
  return out;
}

std::uint64_t front_of(proto::ByteView bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data(), sizeof(word));
  return word;
}

constexpr std::size_t kSieve = 1U << 18U;
std::size_t sieve_of(std::uint64_t word) {
  return static_cast<std::size_t>((word * 0x9e3779b97f4a7c15U) >> 46U);
}

}  // namespace

void Knowledge::note(proto::ByteView bytes, const AgencyId& owner, const std::string& what,
                     const std::set<AgencyId>& may_know) {
  Id id{};
  std::copy_n(bytes.begin(), id.size(), id.begin());
  Secret& secret = secrets_[id];
  secret.what = what;
  secret.owner = owner;
  secret.may_know.insert(may_know.begin(), may_know.end());
  secret.may_know.insert(owner);
}

void Knowledge::learn(Agency& agency, storage::Store& store) {
  const auto view = must(store.snapshot(), "knowledge");
  const feed::FeedReader reader(*view, agency.storage_key());
  std::vector<feed::FeedState> feeds;
  const auto listed = feed::each_feed(*view, [&](const feed::FeedState& state) {
    if (state.own) feeds.push_back(state);
    return true;
  });
  if (!listed.ok()) throw std::runtime_error(proto::to_string(listed.error()));
  for (const feed::FeedState& state : feeds) {
    const std::uint64_t head = raw(state.end.seq);
    std::vector<feed::StoredHeader> headers;
    std::vector<std::pair<std::uint64_t, v1::Audience>> audiences;
    for (std::uint64_t at = 1; at <= head;) {
      auto page = must(reader.headers(state.feed(), Seq{at}, 256), "headers");
      if (page.empty()) throw std::runtime_error(agency.name() + " lacks an entry of its own feed");
      at += page.size();
      for (feed::StoredHeader& each : page) {
        if (each.header.kind == v1::KIND_AUDIENCE) {
          const auto body = must(reader.body(each.header), "an audience");
          audiences.emplace_back(
              raw(each.header.seq),
              must(proto::decode<v1::Audience>(body, proto::bounds::kSealedBodyBytes), "audience"));
        }
        headers.push_back(std::move(each));
      }
    }
    const auto rights = state.inside ? std::vector<Right>() : rights_in(audiences, head);
    std::set<AgencyId> anybody;
    for (const Right& right : rights)
      anybody.insert(right.agency);
    if (!state.inside) listed_.push_back({state.space, agency.id(), anybody});
    note(state.feed().view(), agency.id(), fmt::format("a feed of {}", agency.name()), anybody);
    note(state.space.view(), agency.id(), fmt::format("a space of {}", agency.name()), anybody);
    for (std::size_t i = 0; i < headers.size(); ++i) {
      const std::uint64_t seq = i + 1;
      std::set<AgencyId> may_know;
      for (const Right& right : rights) {
        // Headers name the one before them, and the AUDIENCE in force; the first one everybody may have, as
        // the feed's id is its hash.
        const bool named = seq + 1 >= right.from && seq <= right.to;
        if (named || seq == 1) may_know.insert(right.agency);
      }
      note(headers[i].header.id.view(), agency.id(),
           fmt::format("entry {} of {}, kind {}", seq, agency.name(),
                       static_cast<int>(headers[i].header.kind)),
           may_know);
      if (headers[i].header.kind != v1::KIND_SPACE_MANIFEST) continue;
      Id id{};
      std::copy_n(headers[i].header.id.view().begin(), id.size(), id.begin());
      Secret& manifest = secrets_[id];
      manifest.is_manifest = true;
      std::copy_n(state.space.view().begin(), manifest.space.size(), manifest.space.begin());
    }
    for (std::size_t i = 0; i < audiences.size(); ++i) {
      // In force while its successor is not there: named by every header of that time.
      const std::uint64_t end = i + 1 < audiences.size() ? audiences[i + 1].first : head;
      std::set<AgencyId> may_know;
      for (const Right& right : rights) {
        if (right.from <= end && right.to > audiences[i].first) may_know.insert(right.agency);
      }
      const auto& header = headers[static_cast<std::size_t>(audiences[i].first - 1)].header;
      note(header.id.view(), agency.id(), fmt::format("audience {} of {}", audiences[i].first, agency.name()),
           may_know);
    }
  }
}

bool Knowledge::may_know(const Secret& secret, const AgencyId& agency) const {
  if (secret.may_know.contains(agency)) return true;
  const auto space = secret.is_manifest ? secrets_.find(secret.space) : secrets_.end();
  return space != secrets_.end() && space->second.may_know.contains(agency);
}

template <class Visit>
void Knowledge::each_found(proto::ByteView bytes, Visit visit) const {
  if (bytes.size() < 32) return;
  std::bitset<kSieve> sieve;
  std::map<std::uint64_t, const Id*> fronts;
  for (const auto& [id, secret] : secrets_) {
    const std::uint64_t front = front_of(id);
    sieve.set(sieve_of(front));
    fronts.emplace(front, &id);
  }
  for (std::size_t at = 0; at + 32 <= bytes.size(); ++at) {
    const std::uint64_t front = front_of(bytes.subspan(at));
    if (!sieve.test(sieve_of(front))) continue;
    const auto found = fronts.find(front);
    if (found == fronts.end() || !std::equal(found->second->begin(), found->second->end(), &bytes[at]))
      continue;
    if (!visit(secrets_.at(*found->second), at)) return;
  }
}

std::optional<Knowledge::Found> Knowledge::find_forbidden(const AgencyId& agency, proto::ByteView bytes,
                                                          proto::ByteView blabbed) const {
  std::set<const Secret*> excused;
  each_found(blabbed, [&](const Secret& secret, std::size_t /*at*/) {
    excused.insert(&secret);
    return true;
  });
  std::optional<Found> out;
  each_found(bytes, [&](const Secret& secret, std::size_t at) {
    if (may_know(secret, agency) || excused.contains(&secret)) return true;
    out = Found{secret.what, at};
    return false;
  });
  return out;
}

std::size_t Knowledge::count_allowed(const AgencyId& agency, proto::ByteView bytes) const {
  std::set<const Secret*> found;
  each_found(bytes, [&](const Secret& secret, std::size_t /*at*/) {
    if (secret.owner != agency && may_know(secret, agency)) found.insert(&secret);
    return true;
  });
  return found.size();
}

proto::Bytes all_rows(storage::Store& store) {
  const auto view = must(store.snapshot(), "rows");
  proto::Bytes out;
  const storage::Tables tables = home::node_tables();
  for (const storage::TableInfo& table : tables.all()) {
    const std::array<std::byte, 1> prefix{static_cast<std::byte>(table.prefix)};
    const auto walked =
        view->walk(storage::prefix_range(prefix), false, [&](proto::ByteView key, proto::ByteView value) {
          proto::append(out, key);
          proto::append(out, value);
          return true;
        });
    if (!walked.ok() && walked.error().code != proto::Code::kStoreUnknownTable)
      throw std::runtime_error(proto::to_string(walked.error()));
  }
  return out;
}

}  // namespace comity::sim::nodes
