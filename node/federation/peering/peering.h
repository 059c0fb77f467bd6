// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/words.h"
#include "node/federation/keys/newest.h"
#include "node/federation/peering/peer_book.h"
#include "node/federation/peering/record_budget.h"

namespace comity::federation {

/// What peering works with. References outlive it.
struct PeeringSetup {
  AgencyId self;
  crypto::Random& random;
  PeerBook& book;
  ChainBook& chains;
  EncKeyBook& enc_keys;
  EndpointBook& endpoints;
  /// The key with which this node signs now.
  std::function<feed::SigningKey()> signing;
  /// "host:port" at which peers reach us, best first; none: we only dial out.
  std::function<std::vector<std::string>()> advertised;
};

struct InviteRequest {
  std::string name{};  ///< our petname for them
  std::chrono::seconds valid{std::chrono::hours(72)};
  std::optional<Terms> terms{};  ///< else default_terms()
};
struct Invited {
  Step step{};
  InviteId id{};
  WallTime expires{};
  Sha256Digest terms_digest{};
  std::string text{};  ///< to be written to a file once the rows are on disk; a secret
};

/// How a peer's node is reached, and with which keys the handshake is made.
struct DialPlan {
  bool pairing = false;
  InviteId invite{};  ///< with `pairing`
  AgencyId agency;
  crypto::X25519PublicKey remote_static{};
  std::vector<std::string> endpoints{};
  crypto::Key32 psk{};
};

/// The decisions of operators about peers and agreements, and the questions of the handshake. Every call that
/// changes something gives a Step with one audit event. `now` is the wall clock. Owner thread.
class Peering {
 public:
  static constexpr std::chrono::hours kLongestInvite{24 * 30};
  static constexpr std::uint32_t kMostWrongTries = 10;  ///< an hour and a peer

  explicit Peering(PeeringSetup setup) : setup_(std::move(setup)) {}

  // Pairing: pairing.cpp

  /// Errors: kPeerBadName, kPeerNameTaken, kInviteRule, kAgreementRule, kAgreementEnded.
  Result<Invited> invite(const InviteRequest& request, const By& by, WallTime now);

  /// Takes an invitation and signs its terms when they come, unless `review`, where sign() does. Errors:
  /// those of crypto::read_invite(); kOwnInvite, kInviteUsed, kPeerThere, kPeerBadName, kPeerNameTaken.
  Result<Step> accept(std::string_view text, std::string_view name, bool review, const By& by, WallTime now);

  /// Compares the words that the operator heard with those who called; at most ten wrong tries an hour, which
  /// burn nothing. Errors: kPeerUnknown, kPeerState, kInviteExpired, kWordsForm. Words that differ are a Step
  /// whose failure is kWordsDiffer.
  Result<Step> verify(std::string_view name, std::string_view words, const By& by, WallTime now);

  /// Gives up what is not finished; the name is free again. Errors: kPeerUnknown, kPeerState.
  Result<Step> abort(std::string_view name, const By& by, WallTime now);
  /// The same with a reason for the other operator; it stays listed.
  Result<Step> decline(std::string_view name, std::string_view reason, const By& by, WallTime now);

  // Peers: peering.cpp. Errors of all: kPeerUnknown, kPeerState.

  Result<Step> suspend(std::string_view name, std::optional<std::chrono::seconds> length,
                       std::string_view reason, const By& by, WallTime now);
  Result<Step> resume(std::string_view name, const By& by, WallTime now);
  /// Ends it: key and every later key of that agency are refused, and its entries from whomever.
  Result<Step> revoke(std::string_view name, std::string_view reason, const By& by, WallTime now);
  /// Forgets the last refusal, so that the peer is dialled at once.
  Result<Step> retry(std::string_view name, const By& by, WallTime now);
  /// After a fork or a clone, when the operator has read the report: content may flow again. Of two clones
  /// the one that was refused is pinned from now on, and the other is told so; else the next one that calls.
  Result<Step> heal(std::string_view name, const By& by, WallTime now);
  /// A second live instance of the agency was refused. On record once for each.
  Step cloned(const AgencyId& agency, const InstanceId& refused, WallTime now);
  /// Sync has proof of a fork. Nothing when it is known or no peer.
  Step forked(const AgencyId& agency, std::string_view what, WallTime now);
  /// What time alone has changed: agreements that ended or soon will (30, 7, 1 days), suspensions and
  /// invitations that ran out. One Step each. Call once a minute.
  std::vector<Step> tick(WallTime now);

  // Agreements: agreements.cpp

  /// `terms` as if we proposed them. In force at once, with our signature alone. Errors: kPeerUnknown,
  /// kPeerState, kAgreementWider, kAgreementEnded, kAgreementRule.
  Result<Step> narrow(std::string_view name, Terms terms, const By& by, WallTime now);
  /// A proposal; in force when the other side has signed. Errors as above, but for kAgreementWider.
  Result<Step> widen(std::string_view name, Terms terms, const By& by, WallTime now);
  /// Signs what the other side proposed, or, in a pairing with review, its terms. Errors: kPeerUnknown,
  /// kPeerState when there is nothing to sign, kAgreementOlder, kAgreementEnded.
  Result<Step> sign(std::string_view name, const By& by, WallTime now);
  /// An agreement came from its other side. What is older than ours is answered with ours. Errors:
  /// kPeerState, kAgreementRule, kAgreementSignature, kKeyUnknown and those of check_agreement().
  Result<Step> take_agreement(const AgencyId& from, const v1::SignedAgreement& message, WallTime now);

  // Handshakes: peering.cpp

  /// Whether an invitation of ours may be called with: not expired, or its verified side has not finished.
  [[nodiscard]] bool invite_open(const InviteId& invite, WallTime now) const;
  /// The psk for a caller that claims an invitation of ours; nothing: silence. Once somebody is verified, for
  /// that one alone.
  [[nodiscard]] std::optional<crypto::Key32> pairing_psk(const InviteId& invite,
                                                         const crypto::X25519PublicKey& remote_static,
                                                         WallTime now) const;
  /// The peer that owns this static key; nothing: silence.
  [[nodiscard]] std::optional<AgencyId> peer_of_static(const crypto::X25519PublicKey& remote_static,
                                                       WallTime now) const;
  /// Errors: kPeerUnknown, kPeerState for peers that are not to be dialled, kPeerOffline when we know no
  /// address, kKeyUnknown.
  [[nodiscard]] Result<DialPlan> dial(std::string_view name, WallTime now) const;

  // For the sessions.
  [[nodiscard]] PeeringSetup& setup() noexcept { return setup_; }
  [[nodiscard]] RecordBudget& budget() noexcept { return budget_; }
  /// Puts an agreement into force, with its row of the record.
  void enter_into_force(Peer& peer, Agreed agreed, Rows& rows);
  /// The pairing is finished: what `claim` agreed to is in force.
  void activate(Peer& peer, WallTime now, Rows& rows);
  /// Drops a caller, and its chain unless somebody else needs it.
  void drop_claim(Peer& peer, const AgencyId& agency, Rows& rows);

 private:
  Result<Peer*> named(std::string_view name);
  Result<Peer*> in_force(std::string_view name);
  Status check_free(std::string_view name) const;
  void make_room(std::string_view name, const AgencyId& agency, Rows& rows);
  Result<Agreed> next_agreement(const AgencyId& with, const Agreed& before, Terms terms, WallTime now);
  Result<Step> sign_pairing(Peer& peer, const By& by, WallTime now);
  Result<Step> take_conflict(Peer& peer, const Agreed& theirs, WallTime now);
  Step take_same(Peer& peer, const Agreed& theirs, WallTime now);
  Step adopt(Peer& peer, Agreed agreed, std::string_view event, WallTime now);
  Step wrong_words(Peer& peer, const crypto::Words& typed, const By& by, WallTime now);

  PeeringSetup setup_;
  RecordBudget budget_{};
};

/// A message that carries an agreement.
[[nodiscard]] v1::Wire wire_of(const v1::SignedAgreement& message);

}  // namespace comity::federation
