// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "node/federation/types.h"
#include "storage/table.h"

namespace comity::federation {

using storage::Placement;
using storage::Retention;
using storage::Table;

/// The tables of peering and keys; sync has its own.
inline constexpr Table<AgencyId, std::uint32_t> kKeyDocs(
    {.prefix = 0x30,
     .name = "key_docs",
     .why =
         "One version of another agency's key document: what its signatures are checked against, for ever.",
     .value = "SignedKeyDoc, check",
     .retention = Retention::kRecord},
    {"agency", "version"});
inline constexpr Table<AgencyId> kEncKeys(
    {.prefix = 0x31,
     .name = "enc_keys",
     .why = "The newest encryption keys of an agency, our own among them: feed keys are wrapped to these.",
     .value = "SignedEncKeys, check",
     .retention = Retention::kNode},
    {"agency"});
inline constexpr Table<AgencyId> kEndpoints(
    {.prefix = 0x32,
     .name = "endpoints",
     .why = "The newest signed addresses of an agency, our own among them.",
     .value = "SignedEndpoints, check",
     .retention = Retention::kNode},
    {"agency"});
inline constexpr Table<KeyId> kEncSecrets(
    {.prefix = 0x33,
     .name = "enc_secrets",
     .why =
         "The private half of one of our 30-day encryption keys, sealed under the node's storage key. Erased "
         "30 days after the key's end: what was recorded on its way can then be opened by nobody.",
     .value = "public key 32 bytes, first and last moment u64, sealed private key 72 bytes, check",
     .retention = Retention::kDisposable,
     .placement = Placement::kKeys},
    {"key"});
inline constexpr Table<std::string> kPeers(
    {.prefix = 0x34,
     .name = "peers",
     .why = "All that we know of a peer, by our petname for it: its state, the agreement in force, what is "
            "left to "
            "do of the pairing. Secrets in it are sealed under the node's storage key.",
     .value = "fixed layout, node/federation/peering/peer_row.cpp",
     .retention = Retention::kNode},
    {"name"});
inline constexpr Table<InviteId> kUsedInvites(
    {.prefix = 0x35,
     .name = "used_invites",
     .why = "Invitations that have led to a verified peer: nobody else may use them.",
     .value = "agency 32 bytes, time u64, check",
     .retention = Retention::kNode},
    {"invite"});
inline constexpr Table<AgencyId, std::uint64_t> kAgreements(
    {.prefix = 0x36,
     .name = "agreements",
     .why = "Every agreement that has been in force with an agency, with its signatures.",
     .value = "SignedAgreement, check",
     .retention = Retention::kRecord},
    {"agency", "serial"});
inline constexpr Table<std::string> kFederation({.prefix = 0x37,
                                                 .name = "federation",
                                                 .why = "Single values. Row seen: the latest time that this "
                                                        "node has known, so that a clock set back revives no "
                                                        "agreement that has ended.",
                                                 .value = "seen: time u64, check",
                                                 .retention = Retention::kNode},
                                                {"name"});
inline constexpr Table<feed::FeedId, proto::KeyEpoch, AgencyId> kMissingGrants(
    {.prefix = 0x38,
     .name = "missing_grants",
     .why = "Feed keys that could not be wrapped for an agency, because no encryption key of it was held.",
     .value = "empty",
     .retention = Retention::kNode},
    {"feed", "epoch", "agency"});

inline constexpr Table<AgencyId, KeyId> kDistrusts(
    {.prefix = 0x3d,
     .name = "distrusts",
     .why = "Keys whose revocation we have learnt of and whose stored entries are not all judged anew yet.",
     .value = "reason u8, moment since when u64, check",
     .retention = Retention::kTransient},
    {"agency", "key"});

/// The value of a row: `parts` one after the other, closed by a check over them and the key.
[[nodiscard]] Bytes checked_row(ByteView key, std::initializer_list<ByteView> parts);

/// All of the above, for the node's list of tables.
[[nodiscard]] std::vector<storage::TableInfo> tables();

}  // namespace comity::federation
