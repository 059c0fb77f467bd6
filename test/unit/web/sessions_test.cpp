// SPDX-License-Identifier: EUPL-1.2
#include "node/community/people/sessions.h"

#include <doctest/doctest.h>

#include "crypto/random.h"
#include "node/community/tables.h"
#include "storage/memory/memory_store.h"

namespace comity::community {
namespace {

struct House {
  std::unique_ptr<storage::Store> store =
      storage::MemoryStore::open(std::make_shared<storage::MemoryDisk>(), storage::Tables(tables())).value();
  crypto::SystemRandom random;
  UserId maria = random.next<UserId>();
  UserId jo = random.next<UserId>();

  void commit(storage::Batch rows) const { REQUIRE(store->commit(std::move(rows)).ok()); }
  [[nodiscard]] std::unique_ptr<storage::View> view() const { return store->snapshot().value(); }
};

WallTime at(std::int64_t seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

}  // namespace

TEST_CASE("sessions and tokens come back as they were, the newest first, each person's apart") {
  House house;
  SessionRow first{.user = house.maria,
                   .hash = house.random.next<SecretHash>(),
                   .by = SignedInBy::kProxy,
                   .created = at(100),
                   .seen = at(200),
                   .address = "192.0.2.1",
                   .agent = "A browser"};
  SessionRow second = first;
  second.hash = house.random.next<SecretHash>();
  second.created = at(150);
  SessionRow of_jo = first;
  of_jo.user = house.jo;
  const TokenRow token{.user = house.maria,
                       .hash = house.random.next<SecretHash>(),
                       .kind = TokenKind::kSyndication,
                       .scopes = 8,
                       .created = at(1),
                       .expires = at(2),
                       .name = "reader"};
  storage::Batch rows;
  for (const SessionRow& each : {first, second, of_jo})
    put_session(rows, each);
  put_token(rows, token);
  house.commit(std::move(rows));

  CHECK(sessions_of(*house.view(), house.maria).value() == std::vector<SessionRow>{second, first});
  CHECK(find_session(*house.view(), house.maria, first.hash).value() == first);
  CHECK_FALSE(find_session(*house.view(), house.maria, token.hash).value());
  CHECK_FALSE(find_token(*house.view(), house.maria, first.hash).value());
  CHECK(tokens_of(*house.view(), house.maria).value() == std::vector<TokenRow>{token});

  storage::Batch ended;
  end_session(ended, house.maria, first.hash);
  house.commit(std::move(ended));
  CHECK(sessions_of(*house.view(), house.maria).value() == std::vector<SessionRow>{second});
  storage::Batch all;
  end_sessions(all, house.maria);
  end_tokens(all, house.maria);
  house.commit(std::move(all));
  CHECK(sessions_of(*house.view(), house.maria).value().empty());
  CHECK(tokens_of(*house.view(), house.maria).value().empty());
  CHECK(sessions_of(*house.view(), house.jo).value() == std::vector<SessionRow>{of_jo});
}

TEST_CASE("what is too long is cut, and a row that was changed on disk is damage, not a session") {
  House house;
  SessionRow session{
      .user = house.maria, .hash = house.random.next<SecretHash>(), .agent = std::string(5'000, 'a')};
  session.address = std::string(5'000, 'b');
  storage::Batch rows;
  put_session(rows, session);
  house.commit(std::move(rows));
  const auto kept = find_session(*house.view(), house.maria, session.hash);
  REQUIRE(kept.ok());
  CHECK((*kept)->agent.size() == kSessionAgentBytes);
  CHECK((*kept)->address.size() == 255);

  const Bytes key = session_key(house.maria, session.hash);
  Bytes value = house.view()->get(key).value().value();
  for (const std::size_t flipped : {std::size_t{0}, std::size_t{5}, value.size() - 1}) {
    Bytes changed = value;
    changed[flipped] ^= std::byte{1};
    storage::Batch damaged;
    damaged.put(key, changed);
    house.commit(std::move(damaged));
    CHECK(find_session(*house.view(), house.maria, session.hash).error().code == Code::kFeedDamaged);
    CHECK(sessions_of(*house.view(), house.maria).error().code == Code::kFeedDamaged);
    CHECK_FALSE(check_row(kSessions.info(), key, changed).ok());
  }
}

}  // namespace comity::community
