// SPDX-License-Identifier: EUPL-1.2
#include "node/api/keys.h"

#include <algorithm>
#include <charconv>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "crypto/keydoc/rules.h"
#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/api/caller.h"
#include "proto/moment.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Result;

using Task = http::Task<Result<json::value>>;

constexpr std::size_t kLeastPrefix = 6;  // hexadecimal digits

/// One key of ours and what the documents say of it.
struct Row {
  std::string role;
  proto::KeyId id;
  std::optional<crypto::Moment> not_before{};
  std::optional<crypto::Moment> not_after{};
  std::uint32_t first = 0;   ///< version that first names it
  std::uint32_t latest = 0;  ///< version that last changed what is said of it
  std::string state{};
};

std::string role_text(crypto::KeyRole role) {
  switch (role) {
    case crypto::KeyRole::kRoot:
      return "root";
    case crypto::KeyRole::kNodeSign:
      return "signing";
    case crypto::KeyRole::kTransport:
      return "transport";
    case crypto::KeyRole::kWitness:
      return "witness";
  }
  return "unknown";
}

std::string reason_text(crypto::RevocationReason reason) {
  switch (reason) {
    case crypto::RevocationReason::kRoutine:
      return "routine";
    case crypto::RevocationReason::kCompromised:
      return "compromised";
    case crypto::RevocationReason::kLost:
      return "lost";
  }
  return "unknown";
}

/// Every key that any version names, the newest first.
std::vector<Row> rows_of(const crypto::KeyChain& chain) {
  std::vector<Row> rows;
  for (std::uint32_t version = 1; version <= chain.version(); ++version) {
    const crypto::KeyDoc& doc = *chain.at(version);
    for (const crypto::KeyUse& use : crypto::key_uses(doc)) {
      if (std::ranges::find(rows, use.id, &Row::id) != rows.end()) continue;
      Row row{.role = role_text(use.role), .id = use.id, .first = version, .latest = version};
      if (use.role != crypto::KeyRole::kRoot) {
        row.not_before = use.not_before;
        row.not_after = use.not_after;
      }
      rows.push_back(std::move(row));
    }
    for (const crypto::Revocation& each : doc.revoked) {
      const auto at = std::ranges::find(rows, each.key, &Row::id);
      if (at != rows.end()) at->latest = version;
    }
  }
  std::ranges::stable_sort(rows, std::greater<>(), &Row::first);
  return rows;
}

void set_states(std::vector<Row>& rows, const crypto::KeyChain& chain, feed::WallTime now) {
  std::vector<proto::KeyId> listed;
  for (const crypto::KeyUse& use : crypto::key_uses(chain.current()))
    listed.push_back(use.id);
  // Of those that may be used now, the one that began last is in use.
  std::map<std::string, const Row*> used;
  for (const Row& row : rows) {
    const bool usable = std::ranges::find(listed, row.id) != listed.end() && row.not_before &&
                        *row.not_before <= now && now <= *row.not_after;
    if (!usable) continue;
    const Row*& best = used[row.role];
    if (best == nullptr || *best->not_before < *row.not_before) best = &row;
  }
  for (Row& row : rows) {
    const bool named = std::ranges::find(listed, row.id) != listed.end();
    if (chain.revocation(row.id) != nullptr) {
      row.state = "revoked";
    } else if (row.role == "root") {
      row.state = named ? "current" : "retired";
    } else if (now > *row.not_after) {
      row.state = "expired";
    } else if (named && *row.not_before > now) {
      row.state = "next";
    } else {
      row.state = used[row.role] == &row ? "current" : "retired";
    }
  }
}

json::value text_or_null(const std::optional<crypto::Moment>& moment) {
  return moment ? json::value(proto::moment_text(*moment)) : json::value(nullptr);
}

json::object key_json(const KeyDesk& desk, const Row& row) {
  json::object out{{"role", row.role},
                   {"id", row.id.hex()},
                   {"state", row.state},
                   {"not_before", text_or_null(row.not_before)},
                   {"not_after", text_or_null(row.not_after)},
                   {"keydoc", row.first},
                   {"since", nullptr},
                   {"reason", nullptr}};
  if (const auto* revoked = desk.trust.chains().own().revocation(row.id)) {
    out["since"] = text_or_null(revoked->since);
    out["reason"] = reason_text(revoked->reason);
  }
  json::array held;
  json::array awaited;
  for (const auto& [name, peer] : desk.trust.peers().all()) {
    if (peer.stage != federation::Stage::kActive) continue;
    (peer.keydoc_held >= row.latest ? held : awaited).push_back(json::value(name));
  }
  out["held_by"] = std::move(held);
  out["awaited"] = std::move(awaited);
  return out;
}

/// Our 30-day keys: the node makes them by itself, no root key is asked.
void add_encryption(const KeyDesk& desk, feed::WallTime now, json::array& out) {
  const auto* const set = desk.trust.enc_keys().find(desk.trust.self());
  if (set == nullptr) return;
  const auto* const used = set->usable(now);
  for (const federation::EncKey& key : set->keys) {
    const char* const state = &key == used           ? "current"
                              : now > key.not_after  ? "expired"
                              : key.not_before > now ? "next"
                                                     : "retired";
    out.push_back(json::object{{"role", "encryption"},
                               {"id", key.id().hex()},
                               {"state", state},
                               {"not_before", proto::moment_text(key.not_before)},
                               {"not_after", proto::moment_text(key.not_after)},
                               {"keydoc", set->keydoc},
                               {"since", nullptr},
                               {"reason", nullptr},
                               {"held_by", json::array()},
                               {"awaited", json::array()}});
  }
}

json::object document_json(const KeyDesk& desk, feed::WallTime now) {
  const crypto::KeyChain& own = desk.trust.chains().own();
  json::array peers;
  for (const auto& [name, peer] : desk.trust.peers().all()) {
    if (peer.stage != federation::Stage::kActive) continue;
    const crypto::KeyChain* const theirs = desk.trust.chains().find(peer.agency);
    peers.push_back(json::object{{"name", name},
                                 {"holds", peer.keydoc_held},
                                 {"keydoc", theirs == nullptr ? 0 : theirs->version()},
                                 {"stale", theirs != nullptr && theirs->stale(now)}});
  }
  return {{"version", own.version()},
          {"hash", own.current_hash().hex()},
          {"expires", proto::moment_text(own.current().expires)},
          {"stale", own.stale(now)},
          {"peers", std::move(peers)}};
}

Task list(KeyDesk desk, const Call& call) {
  const auto ask = [&]() -> Result<json::value> {
    COMITY_TRY(const std::size_t limit, page_limit(call.arguments));
    COMITY_TRY(const auto after, text_argument(call.arguments, "after"));
    const feed::WallTime now = desk.trust.now();
    const crypto::KeyChain& own = desk.trust.chains().own();
    std::vector<Row> rows = rows_of(own);
    set_states(rows, own, now);
    json::array all;
    add_encryption(desk, now, all);
    for (const Row& row : rows)
      all.push_back(key_json(desk, row));
    const auto id_at = [&](std::size_t index) { return std::string_view(all[index].at("id").as_string()); };
    std::size_t begin = 0;
    if (after) {
      while (begin < all.size() && id_at(begin) != *after)
        ++begin;
      if (begin == all.size()) return Error{Code::kBadArguments, "after"};
      ++begin;
    }
    const std::size_t end = std::min(all.size(), begin + limit);
    json::array page;
    for (std::size_t i = begin; i < end; ++i)
      page.push_back(std::move(all[i]));
    const std::string next =
        end < all.size() && !page.empty() ? std::string(page.back().at("id").as_string()) : std::string();
    return json::value(
        json::object{{"keys", std::move(page)}, {"document", document_json(desk, now)}, {"next", next}});
  };
  return answer(ask());
}

Result<json::value> planned(Result<proto::Bytes> doc, std::uint32_t version) {
  COMITY_TRY(const proto::Bytes bytes, std::move(doc));
  return json::value(json::object{{"doc", proto::to_hex(bytes)}, {"version", version}});
}

Task rotate(KeyDesk desk, const Call& call) {
  const auto ask = [&]() -> Result<json::value> {
    COMITY_TRY(const auto reason, text_argument(call.arguments, "reason"));
    return planned(desk.changer.plan_rotation(reason.value_or("")), desk.trust.chains().own().version() + 1);
  };
  return answer(ask());
}

/// The key that begins with these digits.
Result<proto::KeyId> key_argument(const KeyDesk& desk, const Call& call) {
  COMITY_TRY(const std::string text, required_text(call.arguments, "id"));
  const auto all = rows_of(desk.trust.chains().own());
  std::optional<proto::KeyId> found;
  for (const Row& row : all) {
    if (text.size() < kLeastPrefix || !row.id.hex().starts_with(text)) continue;
    if (found) return Error{Code::kBadArguments, "id: several keys begin like that"};
    found = row.id;
  }
  if (found) return *found;
  const auto* const set = desk.trust.enc_keys().find(desk.trust.self());
  if (set != nullptr && text.size() >= kLeastPrefix &&
      std::ranges::any_of(set->keys, [&](const auto& key) { return key.id().hex().starts_with(text); })) {
    return Error{Code::kKeyNotRevocable, "encryption keys end by themselves, and with the signing key"};
  }
  return Error{Code::kKeyUnknown, text};
}

Task revoke(KeyDesk desk, const Call& call) {
  const auto ask = [&]() -> Result<json::value> {
    crypto::Revocation revocation;
    COMITY_TRY(revocation.key, key_argument(desk, call));
    COMITY_TRY(const bool compromised, flag_argument(call.arguments, "compromised"));
    COMITY_TRY(const auto since, moment_argument(call.arguments, "since"));
    const feed::WallTime now = desk.trust.now();
    if (compromised && !since) return Error{Code::kBadArguments, "since: say from when on it is not trusted"};
    if (since && *since > now) return Error{Code::kBadArguments, "since: it lies in the future"};
    if (compromised) revocation.reason = crypto::RevocationReason::kCompromised;
    revocation.since = since.value_or(now);
    return planned(desk.changer.plan_revocation(revocation), desk.trust.chains().own().version() + 1);
  };
  return answer(ask());
}

Task install(KeyDesk desk, const Call& call) {
  auto doc = hex_argument(call.arguments, "doc");
  if (doc.ok() && doc->empty()) doc = Error{Code::kBadArguments, "doc"};
  if (!doc.ok()) return answer(Result<json::value>(doc.error()));
  auto promise = std::make_shared<Promise>();
  desk.changer.install(*std::move(doc), by(call), [desk, promise](const Result<std::uint32_t>& version) {
    if (!version.ok()) return promise->complete(version.error());
    promise->complete(json::value(
        json::object{{"version", *version}, {"document", document_json(desk, desk.trust.now())}}));
  });
  return answer(std::move(promise));
}

}  // namespace

void add_key_commands(CommandTable& table, KeyDesk desk) {
  table.add("key/list", {.effect = Effect::kReads, .run = [desk](Call call) { return list(desk, call); }});
  table.add("key/rotate", {.run = [desk](Call call) { return rotate(desk, call); }});
  table.add("key/revoke", {.run = [desk](Call call) { return revoke(desk, call); }});
  table.add("key/install", {.run = [desk](Call call) { return install(desk, call); }});
}

}  // namespace comity::api
