// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <map>
#include <string>

#include "node/peer/tap.h"
#include "proto/ids.h"

namespace comity::sim::nodes {

using proto::AgencyId;

/// Everything that nodes say to each other, as it is before it is sealed: kept by recipient, to be searched
/// for what the recipient may not know; and the place where a hostile node's words are exchanged for worse.
class WireTap final : public peer::Tap {
 public:
  /// What a session is: whose, and with whom.
  struct Line {
    AgencyId from;
    AgencyId to;  ///< zero when nobody has that key
    bool pairing = false;
    bool dialled = false;  ///< by whoever speaks
  };
  /// Puts other messages in the place of one.
  using Exchange = std::function<std::vector<Message>(const Line& line, Message message)>;
  using ExchangeHello = std::function<void(const Line& line, v1::Hello& hello)>;
  /// Puts other words into its handshakes.
  using ExchangeClaim = std::function<void(const AgencyId& to, peer::Claim& self)>;

  WireTap();
  ~WireTap() override;

  void introduce(const AgencyId& agency, const crypto::X25519PublicKey& transport) {
    by_key_[transport] = agency;
  }
  void exchange(const AgencyId& from, Exchange messages, ExchangeHello hello, ExchangeClaim claim) {
    exchanges_[from] = {std::move(messages), std::move(hello), std::move(claim)};
  }
  void be_honest(const AgencyId& from) { exchanges_.erase(from); }
  /// Called with every message that leaves, after it was exchanged.
  void on_message(std::function<void(const Line&, const Message&)> watch) { watch_ = std::move(watch); }

  /// All that was said to each agency, one message after the other, by agencies that are honest then.
  [[nodiscard]] const std::map<AgencyId, proto::Bytes>& said() const noexcept { return said_; }
  /// What others said to it: a broken word is nobody's else.
  [[nodiscard]] proto::ByteView blabbed(const AgencyId& to) const {
    const auto at = blabbed_.find(to);
    return at == blabbed_.end() ? proto::ByteView() : proto::ByteView(at->second);
  }
  /// Who said what stands at that byte of said().at(to), and in which kind of message.
  struct Word {
    AgencyId from;
    int kind = 0;  ///< v1::Wire::m_case()
  };
  [[nodiscard]] Word word_at(const AgencyId& to, std::size_t at) const;
  [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }
  /// The fullest lane of a session of an honest node was, in bytes.
  [[nodiscard]] std::size_t fullest(v1::Lane lane) const { return fullest_[static_cast<std::size_t>(lane)]; }
  /// Sessions that began and have not ended.
  [[nodiscard]] std::size_t sessions() const noexcept { return lines_.size() + left_; }

  void calls(const AgencyId& expected, peer::Claim& self) override;
  void began(const peer::LiveSession& session, const peer::Contact& contact, v1::Hello& hello) override;
  std::vector<Message> sends(const peer::LiveSession& session, Message message) override;
  void ended(const peer::LiveSession& session) override;

 private:
  struct Exchanges {
    Exchange messages;
    ExchangeHello hello;
    ExchangeClaim claim;
  };
  std::map<crypto::X25519PublicKey, AgencyId> by_key_;
  std::map<AgencyId, Exchanges> exchanges_;
  std::map<const peer::LiveSession*, Line> lines_;
  std::map<AgencyId, std::map<std::size_t, Word>> words_;  ///< by where each message begins in said_
  std::map<AgencyId, proto::Bytes> said_;
  std::map<AgencyId, proto::Bytes> blabbed_;
  std::function<void(const Line&, const Message&)> watch_;
  std::size_t left_ = 0;
  std::uint64_t messages_ = 0;
  std::size_t fullest_[3] = {0, 0, 0};
};

}  // namespace comity::sim::nodes
