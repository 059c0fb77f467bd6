// SPDX-License-Identifier: EUPL-1.2
#include "node/community/people/sessions.h"

#include <algorithm>

#include "node/community/tables.h"
#include "node/feed/row.h"

namespace comity::community {
namespace {

Error odd(const storage::TableInfo& table, ByteView key) {
  return feed::damaged(table, key, "the layout is another one");
}

Result<SessionRow> read_session(ByteView key, ByteView value) {
  COMITY_TRY(const auto place, kSessions.parse(key));
  COMITY_TRY(auto row, feed::RowReader::open(kSessions.info(), key, value));
  SessionRow out{.user = std::get<0>(place), .hash = std::get<1>(place)};
  const auto by = row.number<std::uint8_t>();
  out.created = from_millis(row.number<std::uint64_t>());
  out.seen = from_millis(row.number<std::uint64_t>());
  out.address = proto::as_text(row.bytes(row.number<std::uint8_t>()));
  out.agent = proto::as_text(row.rest());
  if (!row.done() || by < 1 || by > 2) return odd(kSessions.info(), key);
  out.by = static_cast<SignedInBy>(by);
  return out;
}

Result<TokenRow> read_token(ByteView key, ByteView value) {
  COMITY_TRY(const auto place, kTokens.parse(key));
  COMITY_TRY(auto row, feed::RowReader::open(kTokens.info(), key, value));
  TokenRow out{.user = std::get<0>(place), .hash = std::get<1>(place)};
  const auto kind = row.number<std::uint8_t>();
  out.scopes = row.number<std::uint32_t>();
  out.created = from_millis(row.number<std::uint64_t>());
  out.expires = from_millis(row.number<std::uint64_t>());
  out.name = proto::as_text(row.rest());
  if (!row.done() || kind < 1 || kind > 2) return odd(kTokens.info(), key);
  out.kind = static_cast<TokenKind>(kind);
  return out;
}

template <class Row, class TableOf, class Read>
Result<std::optional<Row>> find(const storage::View& view, const TableOf& table, const UserId& user,
                                const SecretHash& hash, Read read) {
  const Bytes key = table.key(user, hash);
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return std::optional<Row>();
  COMITY_TRY(auto row, read(ByteView(key), ByteView(*value)));
  return std::optional<Row>(std::move(row));
}

template <class Row, class TableOf, class Read>
Result<std::vector<Row>> all(const storage::View& view, const TableOf& table, const UserId& user, Read read) {
  std::vector<Row> out;
  Status status;
  COMITY_CHECK(view.walk(table.range(user), false, [&](ByteView key, ByteView value) {
    auto row = read(key, value);
    if (!row.ok()) {
      status = row.error();
      return false;
    }
    out.push_back(*std::move(row));
    return true;
  }));
  COMITY_CHECK(status);
  std::stable_sort(out.begin(), out.end(), [](const Row& a, const Row& b) { return a.created > b.created; });
  return out;
}

std::string cut(const std::string& text, std::size_t most) {
  return text.substr(0, most);
}

}  // namespace

void put_session(storage::Batch& rows, const SessionRow& session) {
  const Bytes key = kSessions.key(session.user, session.hash);
  const std::string address = cut(session.address, 0xff);
  feed::RowWriter row;
  row.number(static_cast<std::uint8_t>(session.by))
      .number(millis(session.created))
      .number(millis(session.seen))
      .number(static_cast<std::uint8_t>(address.size()))
      .bytes(proto::as_bytes(address))
      .bytes(proto::as_bytes(cut(session.agent, kSessionAgentBytes)));
  rows.put(key, std::move(row).finish(key));
}

void put_token(storage::Batch& rows, const TokenRow& token) {
  const Bytes key = kTokens.key(token.user, token.hash);
  feed::RowWriter row;
  row.number(static_cast<std::uint8_t>(token.kind))
      .number(token.scopes)
      .number(millis(token.created))
      .number(millis(token.expires))
      .bytes(proto::as_bytes(cut(token.name, kTokenNameBytes)));
  rows.put(key, std::move(row).finish(key));
}

Bytes session_key(const UserId& user, const SecretHash& hash) {
  return kSessions.key(user, hash);
}

void end_session(storage::Batch& rows, const UserId& user, const SecretHash& hash) {
  rows.erase(kSessions.key(user, hash));
}

void end_token(storage::Batch& rows, const UserId& user, const SecretHash& hash) {
  rows.erase(kTokens.key(user, hash));
}

void end_sessions(storage::Batch& rows, const UserId& user) {
  const storage::Range range = kSessions.range(user);
  rows.erase_range(range.begin, range.end);
}

void end_tokens(storage::Batch& rows, const UserId& user) {
  const storage::Range range = kTokens.range(user);
  rows.erase_range(range.begin, range.end);
}

Result<std::optional<SessionRow>> find_session(const storage::View& view, const UserId& user,
                                               const SecretHash& hash) {
  return find<SessionRow>(view, kSessions, user, hash, read_session);
}

Result<std::optional<TokenRow>> find_token(const storage::View& view, const UserId& user,
                                           const SecretHash& hash) {
  return find<TokenRow>(view, kTokens, user, hash, read_token);
}

Result<std::vector<SessionRow>> sessions_of(const storage::View& view, const UserId& user) {
  return all<SessionRow>(view, kSessions, user, read_session);
}

Result<std::vector<TokenRow>> tokens_of(const storage::View& view, const UserId& user) {
  return all<TokenRow>(view, kTokens, user, read_token);
}

}  // namespace comity::community
