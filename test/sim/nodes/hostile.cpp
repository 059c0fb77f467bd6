// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/nodes/hostile.h"

#include <algorithm>
#include <array>

#include "crypto/keydoc/key_id.h"
#include "node/feed/header.h"
#include "proto/decode.h"
#include "test/sim/nodes/operators.h"

namespace comity::sim::nodes {
namespace {

using std::chrono::seconds;

constexpr std::size_t kRemembered = 64;
constexpr std::size_t kFlood = 1000;

constexpr std::array<std::string_view, static_cast<std::size_t>(Hostile::Deed::kCount)> kNames{
    "replay",      "reorder", "flood",   "lie in Hello", "forge",       "bad run",
    "unknown key", "pretend", "garbage", "deaf",         "impersonate", "agreements"};

std::string bytes_of(Random& random, std::size_t count) {
  std::string out(count, '\0');
  random.fill(std::as_writable_bytes(std::span(out.data(), out.size())));
  return out;
}

void flip(std::string& bytes, Random& random) {
  if (bytes.empty()) return;
  const std::size_t at = random.below(bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
}

}  // namespace

std::string_view name_of(Hostile::Deed deed) noexcept {
  return kNames[static_cast<std::size_t>(deed)];
}

Hostile::Hostile(Assembly& assembly, Agency& agency, std::optional<Deed> only)
    : assembly_(assembly),
      agency_(agency),
      random_(assembly.world().seed(), "hostile"),
      impostor_(assembly.world().seed(), "impostor"),
      papers_(assembly.world().seed(), "papers") {
  for (std::size_t deed = 0; deed < static_cast<std::size_t>(Deed::kImpersonate); ++deed) {
    if (random_.below(2) == 0) deeds_.insert(static_cast<Deed>(deed));
  }
  if (impostor_.below(2) == 0) deeds_.insert(Deed::kImpersonate);
  if (papers_.below(2) == 0) deeds_.insert(Deed::kAgreement);
  if (only) {
    deeds_ = {*only};
    times_ = 10;
  }
  assembly_.tap().exchange(
      agency_.id(), [this](const Line& line, Message message) { return exchange(line, std::move(message)); },
      [this](const Line& line, v1::Hello& hello) { lie(line, hello); },
      [this](const AgencyId& to, peer::Claim& self) { call_as_another(to, self); });
}

Hostile::~Hostile() {
  assembly_.tap().be_honest(agency_.id());
}

std::string Hostile::describe() const {
  std::string out;
  for (const Deed deed : deeds_)
    out += std::string(out.empty() ? "" : ", ") + std::string(name_of(deed));
  return out;
}

bool Hostile::does(Deed deed, std::uint64_t in_a_thousand) {
  const bool now = random_.below(1000) < times_ * in_a_thousand;
  if (!now || !deeds_.contains(deed)) return false;
  ++done_[deed];
  return true;
}

void Hostile::act() {
  if (!does(Deed::kDeaf, 30)) return;
  assembly_.world().network().stop_reading(agency_.name(), random_.between(seconds(5), seconds(120)));
}

void Hostile::call_as_another(const AgencyId& to, peer::Claim& self) {
  called_as_.erase(to);
  if (!deeds_.contains(Deed::kImpersonate) || impostor_.below(1000) >= 300) return;
  const auto& agencies = assembly_.agencies();
  const Agency& victim = *agencies[impostor_.below(agencies.size() - 1)];
  if (victim.id() == to) return;
  ++done_[Deed::kImpersonate];
  called_as_[to] = self.agency = victim.id();
}

void Hostile::lie(const Line& line, v1::Hello& hello) {
  const auto as = called_as_.find(line.to);
  if (line.dialled && as != called_as_.end()) {
    hello.set_agency(feed::field(as->second.view()));
    Agency* const to = assembly_.find(line.to);
    Agency* const victim = assembly_.find(as->second);
    const federation::Peer* const known = to == nullptr ? nullptr : peer_of(*to, victim->name());
    const bool copied = known != nullptr && !known->instance.is_zero() && impostor_.below(2) == 0;
    hello.set_instance(copied ? feed::field(known->instance.view()) : bytes_of(impostor_, 16));
    hello.set_boot_count(copied ? known->boot_count + 1000 : 1);
    return;
  }
  if (!does(Deed::kLieInHello, 250)) return;
  switch (random_.below(6)) {
    case 0:
      hello.set_instance(bytes_of(random_, 16));
      break;
    case 1:
      // Its own node would not send a Hello without one.
      hello.set_boot_count(std::max<std::uint64_t>(1, hello.boot_count() + random_.below(5) - 2));
      break;
    case 2:
      hello.set_vector_digest(bytes_of(random_, 32));
      break;
    case 3:
      hello.set_terms_digest(bytes_of(random_, 32));
      break;
    case 4:
      hello.set_hlc(hello.hlc() + (std::uint64_t{3} * 24 * 3600 * 1000 << 16U));
      break;
    default:
      hello.set_keydoc(hello.keydoc() + 1);
      break;
  }
}

// Its own signature is genuine in all of them.
std::optional<peer::Tap::Message> Hostile::agreement(const Line& line) {
  if (!deeds_.contains(Deed::kAgreement) || papers_.below(1000) >= times_ * 15) return {};
  Agency* const to = assembly_.find(line.to);
  const federation::Peer* const known = to == nullptr ? nullptr : peer_of(agency_, to->name());
  if (known == nullptr || !known->agreement) return {};
  const federation::Agreed& held = *known->agreement;
  const federation::Flow any{.patterns = {"*"}, .ceiling = {.tlp = v1::TLP_RED}};
  federation::Terms terms = held.terms_of(agency_.id());
  terms.proposer_sends = terms.accepter_sends = any;
  if (papers_.below(4) == 0) terms.title = "Everything, for ever";
  if (papers_.below(2) == 0) terms.ends += std::chrono::days(1000);
  terms.replaces = papers_.below(2) == 0 ? held.digest : papers_.next<proto::Sha256Digest>();
  const bool in_their_name = papers_.below(4) == 0;
  const auto& chain = agency_.core()->feeds().trust().chains().own();
  auto made = federation::make_agreement(
      {.terms = in_their_name ? federation::turned(std::move(terms)) : std::move(terms),
       .proposer = in_their_name ? line.to : agency_.id(),
       .accepter = in_their_name ? agency_.id() : line.to,
       .serial = held.serial + papers_.below(4),
       .issued = held.issued,
       .proposer_keydoc = chain.version(),
       .accepter_keydoc = chain.version()});
  if (!made.ok()) return {};
  const auto& pair = agency_.keys().signing;
  federation::sign_agreement(*made, agency_.id(),
                             {&pair, crypto::key_id(pair.public_key()), chain.version()});
  v1::Wire wire;
  v1::SignedAgreement& message = *wire.mutable_agreement();
  message = made->message;
  // In the place of their signature: none, its own, theirs of another text, or none but those.
  v1::SignedAgreement old = held.message;
  auto* const theirs = in_their_name ? message.mutable_proposer_sig() : message.mutable_accepter_sig();
  switch (papers_.below(4)) {
    case 0:
      *theirs = in_their_name ? message.accepter_sig() : message.proposer_sig();
      break;
    case 1:
      *theirs = held.proposer == line.to ? old.proposer_sig() : old.accepter_sig();
      break;
    default:
      in_their_name ? message.clear_proposer_sig() : message.clear_accepter_sig();
      break;
  }
  ++done_[Deed::kAgreement];
  return Message{.lane = v1::LANE_CONTROL,
                 .bytes = proto::to_bytes(proto::as_bytes(wire.SerializeAsString()))};
}

bool Hostile::forge(v1::EntryBatch& batch) {
  const auto& agencies = assembly_.agencies();
  const Agency& victim = *agencies[random_.below(agencies.size() - 1)];
  const int index = static_cast<int>(random_.below(static_cast<std::uint64_t>(batch.entry_size())));
  v1::Entry& entry = *batch.mutable_entry(index);
  v1::EntryHeader header;
  if (!header.ParseFromString(entry.header())) return false;
  header.set_agency(feed::field(victim.id().view()));
  if (random_.below(2) == 0) header.set_feed(bytes_of(random_, 32));
  entry.set_header(header.SerializeAsString());
  const auto sig = agency_.keys().signing.sign(feed::signed_bytes(proto::as_bytes(entry.header())));
  entry.set_sig(feed::field(sig.view()));
  return true;
}

bool Hostile::resign(v1::EntryBatch& batch) {
  v1::Entry& entry = *batch.mutable_entry(batch.entry_size() - 1);
  v1::EntryHeader header;
  if (!header.ParseFromString(entry.header())) return false;
  const auto pair = crypto::Ed25519KeyPair::generate(random_);
  header.set_signer(bytes_of(random_, 16));
  entry.set_header(header.SerializeAsString());
  entry.set_sig(feed::field(pair.sign(feed::signed_bytes(proto::as_bytes(entry.header()))).view()));
  return true;
}

bool Hostile::damage(v1::EntryBatch& batch) {
  const int index = static_cast<int>(random_.below(static_cast<std::uint64_t>(batch.entry_size())));
  v1::Entry& entry = *batch.mutable_entry(index);
  switch (random_.below(4)) {
    case 0:
      flip(*entry.mutable_header(), random_);
      break;
    case 1:
      flip(*entry.mutable_body(), random_);
      break;
    case 2:
      entry.clear_sig();
      break;
    default:
      flip(*entry.mutable_sig(), random_);
      break;
  }
  return true;
}

void Hostile::pretend(v1::Wire& wire) {
  const auto head = [&](std::uint64_t seq, auto set_seq, auto set_id) {
    set_seq(seq + random_.below(20));
    set_id(bytes_of(random_, 32));
  };
  if (wire.has_vector() && wire.vector().feed_size() != 0) {
    auto& row = *wire.mutable_vector()->mutable_feed(
        static_cast<int>(random_.below(static_cast<std::uint64_t>(wire.vector().feed_size()))));
    head(
        row.seq(), [&](std::uint64_t seq) { row.set_seq(seq); },
        [&](std::string id) { row.set_id(std::move(id)); });
  } else if (wire.has_ack() && wire.ack().head_size() != 0) {
    auto& row = *wire.mutable_ack()->mutable_head(0);
    head(
        row.seq(), [&](std::uint64_t seq) { row.set_seq(seq); },
        [&](std::string id) { row.set_id(std::move(id)); });
  }
}

bool Hostile::spoil(v1::Wire& wire) {
  if (wire.has_batch() && wire.batch().entry_size() != 0) {
    if (does(Deed::kForge, 60)) return forge(*wire.mutable_batch());
    if (does(Deed::kBadRun, 60)) return damage(*wire.mutable_batch());
    if (does(Deed::kRevoked, 30)) return resign(*wire.mutable_batch());
  }
  if ((wire.has_vector() || wire.has_ack()) && does(Deed::kPretend, 60)) {
    pretend(wire);
    return true;
  }
  return false;
}

std::vector<peer::Tap::Message> Hostile::exchange(const Line& line, Message message) {
  std::vector<Message> out;
  v1::Wire wire;
  const bool known = wire.ParseFromArray(message.bytes.data(), static_cast<int>(message.bytes.size()));
  // Before its Hello nothing can be said, and a pairing that it spoils is its own loss.
  if (!known || wire.has_hello() || line.pairing) {
    out.push_back(std::move(message));
    return out;
  }
  if (spoil(wire)) message.bytes = proto::to_bytes(proto::as_bytes(wire.SerializeAsString()));
  said_.push_back(message);
  if (said_.size() > kRemembered) said_.pop_front();
  if (does(Deed::kReorder, 60) && !held_.contains(line.to)) {
    held_[line.to] = std::move(message);
    return out;
  }
  const std::size_t copies = does(Deed::kFlood, 10) ? kFlood : 1;
  for (std::size_t i = 0; i < copies; ++i)
    out.push_back(message);
  if (const auto at = held_.find(line.to); at != held_.end()) {
    out.push_back(std::move(at->second));
    held_.erase(at);
  }
  if (does(Deed::kReplay, 60)) out.push_back(said_[random_.below(said_.size())]);
  if (auto paper = agreement(line)) out.push_back(*std::move(paper));
  if (does(Deed::kGarbage, 5)) {
    Message garbage{.lane = v1::LANE_CONTROL, .bytes = proto::Bytes(1 + random_.below(200))};
    random_.fill(garbage.bytes);
    out.push_back(std::move(garbage));
  }
  return out;
}

}  // namespace comity::sim::nodes
