// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <vector>

#include "crypto/sha256.h"
#include "node/community/types.h"
#include "storage/batch.h"
#include "storage/view.h"

/// Who is signed in to the pages, and the tokens of programs. Rows hold hashes only: whoever reads the store
/// can sign in as nobody.
namespace comity::community {

/// What a session or a token is known by: a hash of its secret.
using SecretHash = crypto::Sha256Digest;

/// The newest are kept.
inline constexpr std::size_t kMostSessions = 50;
inline constexpr std::size_t kMostTokens = 100;
/// Of the name of a browser, and of a token, in bytes.
inline constexpr std::size_t kSessionAgentBytes = 256;
inline constexpr std::size_t kTokenNameBytes = 128;

/// How somebody signed in. The numbers stand in rows.
enum class SignedInBy : std::uint8_t { kPassword = 1, kProxy = 2 };

struct SessionRow {
  UserId user;
  SecretHash hash;
  SignedInBy by = SignedInBy::kPassword;
  WallTime created{};
  WallTime seen{};        ///< to the hour: when it was used last
  std::string address{};  ///< from where it was begun
  std::string agent{};    ///< what the browser calls itself

  friend bool operator==(const SessionRow&, const SessionRow&) = default;
};

/// What a token is for. The numbers stand in rows.
enum class TokenKind : std::uint8_t { kApi = 1, kSyndication = 2 };

struct TokenRow {
  UserId user;
  SecretHash hash;
  TokenKind kind = TokenKind::kApi;
  std::uint32_t scopes = 0;  ///< one bit each, as node/web names them
  WallTime created{};
  WallTime expires{};
  std::string name{};

  friend bool operator==(const TokenRow&, const TokenRow&) = default;
};

/// The rows that keep it; a row of the same hash is replaced.
void put_session(storage::Batch& rows, const SessionRow& session);
void put_token(storage::Batch& rows, const TokenRow& token);
void end_session(storage::Batch& rows, const UserId& user, const SecretHash& hash);
void end_token(storage::Batch& rows, const UserId& user, const SecretHash& hash);
/// All of somebody's.
void end_sessions(storage::Batch& rows, const UserId& user);
void end_tokens(storage::Batch& rows, const UserId& user);

/// Under which key a session stands, for guards.
[[nodiscard]] Bytes session_key(const UserId& user, const SecretHash& hash);

/// Errors of all: kFeedDamaged and those of the store.
[[nodiscard]] Result<std::optional<SessionRow>> find_session(const storage::View& view, const UserId& user,
                                                             const SecretHash& hash);
[[nodiscard]] Result<std::optional<TokenRow>> find_token(const storage::View& view, const UserId& user,
                                                         const SecretHash& hash);
/// The newest first.
[[nodiscard]] Result<std::vector<SessionRow>> sessions_of(const storage::View& view, const UserId& user);
[[nodiscard]] Result<std::vector<TokenRow>> tokens_of(const storage::View& view, const UserId& user);

}  // namespace comity::community
