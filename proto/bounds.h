// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <cstddef>

/// Every bound of the protocol, with its unit and its reason; sizes are in bytes. Encoder and decoder share
/// the constant, so that nobody can send what nobody may accept.
namespace comity::proto::bounds {

inline constexpr std::size_t kKiB = 1024;
inline constexpr std::size_t kMiB = 1024 * kKiB;

// Before authentication: what a stranger can make us hold (DESIGN 8).
inline constexpr std::size_t kPreAuthBytes = 4 * kKiB;  ///< buffered per unauthenticated connection
inline constexpr std::chrono::seconds kPreAuthTime{5};  ///< then the connection is closed without a byte
inline constexpr std::size_t kHalfOpenTotal =
    256;  ///< half-open connections; at the cap the oldest silent one goes
inline constexpr std::size_t kHalfOpenPerAddress = 8;  ///< so that one host cannot use up the total

// The session.
inline constexpr std::size_t kFrameBytes =
    64 * kKiB;                                      ///< one Noise record on the wire, length field included
inline constexpr std::size_t kMessageBytes = kMiB;  ///< one message after reassembly
inline constexpr std::size_t kBatchEntries = 256;   ///< entries of one EntryBatch
inline constexpr std::size_t kBatchBytes =
    512 * kKiB;  ///< of one EntryBatch; leaves room below kMessageBytes

// Entries.
inline constexpr std::size_t kHeaderBytes = 4 * kKiB;  ///< signed header: an auditor keeps these for ever
inline constexpr std::size_t kTextBytes = 256 * kKiB;  ///< text of a post, also after decompression
inline constexpr std::size_t kSealedBodyBytes =
    300 * kKiB;                                       ///< text, content fields, padding and sealing overhead
inline constexpr std::size_t kRunEntries = 64;        ///< entries under one signature
inline constexpr std::size_t kRunBytes = 256 * kKiB;  ///< headers and bodies under one signature
inline constexpr std::size_t kParents = 8;            ///< parents of an entry or wiki revision

// Decoding.
inline constexpr std::size_t kMessageDepth = 4;              ///< nesting of signed messages
inline constexpr std::size_t kRefusalAllocation = 4 * kKiB;  ///< allocated before a refusal, at most
inline constexpr std::size_t kAcceptedFactor =
    8;  ///< an accepted message allocates at most 8 x its bytes + 4 KiB

// Key documents.
inline constexpr std::size_t kKeyDocBytes = 16 * kKiB;  ///< one document: keys of two suites in every role
inline constexpr std::size_t kSignedKeyDocBytes =
    48 * kKiB;  ///< document, signatures of two suites, revealed roots
inline constexpr std::size_t kKeyChainBytes =
    kMiB;  ///< all versions of one agency: a thousand of the usual size, held in memory for each peer

// Invitations.
inline constexpr std::size_t kInviteBytes = 4 * kKiB + 256;  ///< signed invitation before the text armour
inline constexpr std::size_t kArmourTextBytes = 16 * kKiB;   ///< a pasted mail around the invitation included

// Key files.
inline constexpr std::size_t kKeyFilePayload = 64 * kKiB;     ///< the keys of a node and its past ones
inline constexpr unsigned kKeyFilePasses = 8;                 ///< of Argon2id: with all memory, about 5 s
inline constexpr unsigned kKeyFileMemoryKib = 1024U * 1024U;  ///< a hostile file takes no more than 1 GiB
inline constexpr unsigned kKeyFileLeastMemoryKib = 8;         ///< Argon2's own minimum

// Pages and requests.
inline constexpr std::size_t kRequestBytes = kMiB;  ///< body of one HTTP request
inline constexpr std::size_t kHttpHeaderBytes =
    16 * kKiB;  ///< start line and fields; browsers send under 8 KiB
inline constexpr std::size_t kAnswerBytes =
    16 * kMiB;  ///< body of an answer on the control socket: a page of the largest rows, as JSON
inline constexpr std::size_t kListPage = 100;  ///< rows of one page of any list

// Files of the operator.
inline constexpr std::size_t kConfigFileBytes =
    64 * kKiB;  ///< comity.toml; ten times the sample, so that a wrong file is refused before it is read

// Store (DESIGN 6). Inside what FoundationDB and PostgreSQL can take, so that another engine stays possible.
inline constexpr std::size_t kStoreKeyBytes = kKiB;          ///< of one key, table prefix included
inline constexpr std::size_t kStoreValueBytes = 320 * kKiB;  ///< a sealed body with its wrapping
inline constexpr std::size_t kStoreBatchBytes = 4 * kMiB;    ///< keys, values and guards of one batch
inline constexpr std::size_t kStoreBatchOperations = 8192;   ///< operations and guards of one batch
inline constexpr std::size_t kStoreQueueBytes = 16 * kMiB;  ///< waiting for the committer; more waits outside
inline constexpr std::size_t kStoreGroupBytes = 4 * kMiB;  ///< merged into one write, so that none waits long
inline constexpr std::size_t kStorePageRows = 1000;        ///< rows of one page of a scan
inline constexpr std::size_t kStorePageBytes = kMiB;       ///< keys and values of one page of a scan
inline constexpr std::size_t kStoreRecentIds =
    16384;  ///< batch ids known when tried again; a retry comes within seconds
inline constexpr std::size_t kStoreChangesKept =
    262144;  ///< batches in the change stream; further behind, read a snapshot

}  // namespace comity::proto::bounds
