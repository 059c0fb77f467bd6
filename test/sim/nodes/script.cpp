// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/nodes/script.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "node/community/people/people.h"

namespace comity::sim::nodes {
namespace {

using federation::By;
using federation::Peering;
using federation::Terms;
using federation::WallTime;
using proto::Result;
using proto::Status;

constexpr const char* kHandle = "maria";
constexpr std::size_t kSpacesAtFirst = 3;
constexpr std::size_t kMostSpaces = 8;

policy::Label ceiling(v1::Tlp tlp) {
  return {.tlp = tlp};
}

}  // namespace

Plot Plot::draw(Random& random) {
  const auto toss = [&random] { return random.below(2) == 0; };
  Plot plot;
  plot.membership = toss();
  plot.late_spaces = toss();
  plot.withdrawals = toss();
  plot.agreements = toss();
  plot.suspensions = toss();
  plot.leaving = toss();
  plot.clock_jumps = toss();
  plot.cuts = toss();
  plot.restores = toss() && toss();
  plot.hostile = toss();
  plot.histories = toss();
  return plot;
}

namespace {

struct Word {
  std::string_view text;
  bool Plot::*flag;
};
constexpr std::array kWords{Word{"membership", &Plot::membership},   Word{"histories", &Plot::histories},
                            Word{"late spaces", &Plot::late_spaces}, Word{"withdrawals", &Plot::withdrawals},
                            Word{"agreements", &Plot::agreements},   Word{"suspensions", &Plot::suspensions},
                            Word{"leaving", &Plot::leaving},         Word{"clock jumps", &Plot::clock_jumps},
                            Word{"power cuts", &Plot::cuts},         Word{"restores", &Plot::restores},
                            Word{"hostile", &Plot::hostile}};

}  // namespace

std::string Plot::describe() const {
  std::string text;
  for (const Word& word : kWords) {
    if (this->*word.flag) text += fmt::format("{}{}", text.empty() ? "" : ", ", word.text);
  }
  return text.empty() ? "nothing" : text;
}

bool Plot::without(std::string_view words) {
  while (!words.empty()) {
    const std::size_t comma = std::min(words.find(','), words.size());
    const auto word = std::ranges::find(kWords, words.substr(0, comma), &Word::text);
    if (word == kWords.end()) return false;
    this->*word->flag = false;
    words.remove_prefix(std::min(comma + 1, words.size()));
  }
  return true;
}

Script::Script(Assembly& assembly, const Plot& plot)
    : assembly_(assembly), plot_(plot), random_(assembly.world().seed(), "script") {
  Agency& last = *assembly.agencies().back();
  if (plot.hostile) hostile_ = &last;
}

std::vector<std::unique_ptr<Pairing>> Script::pairings() {
  std::vector<std::unique_ptr<Pairing>> out;
  const std::size_t count = assembly_.agencies().size();
  for (std::size_t a = 0; a < count; ++a) {
    for (std::size_t b = a + 1; b < count; ++b) {
      const bool neighbours = b == a + 1;
      const bool wanted = chance(45);
      const bool turn = chance(50);
      Terms terms = federation::default_terms(
          std::chrono::floor<std::chrono::milliseconds>(assembly_.world().wall_now()));
      const std::uint64_t kind = random_.below(10);
      if (kind < 4) {
        terms.proposer_sends->ceiling = terms.accepter_sends->ceiling = ceiling(v1::TLP_AMBER_STRICT);
      } else if (kind == 4) {
        terms.proposer_sends->ceiling = terms.accepter_sends->ceiling = ceiling(v1::TLP_GREEN);
      } else if (kind == 5) {
        terms.accepter_sends.reset();
      } else if (kind == 6) {
        terms.proposer_sends->patterns = terms.accepter_sends->patterns = {"s1*", "s2*"};
      }
      if (!neighbours && !wanted) continue;
      Agency* first = &assembly_.at(a);
      Agency* second = &assembly_.at(b);
      if (turn) std::swap(first, second);
      pairs_.emplace_back(first, second);
      agreed_to_[{first, second}].push_back(terms);
      agreed_to_[{second, first}].push_back(federation::turned(terms));
      out.push_back(std::make_unique<Pairing>(assembly_, *first, *second, std::move(terms)));
    }
  }
  return out;
}

bool Script::agreed_to(Agency& at, Agency& other, const Terms& terms) const {
  const auto found = agreed_to_.find({&at, &other});
  return found != agreed_to_.end() && std::ranges::any_of(found->second, [&](const Terms& wider) {
           return federation::narrows(wider, terms) && federation::same_words(wider, terms);
         });
}

bool Script::paired(Agency& a, Agency& b) const {
  return std::any_of(pairs_.begin(), pairs_.end(), [&](const auto& pair) {
    return (pair.first == &a && pair.second == &b) || (pair.first == &b && pair.second == &a);
  });
}

bool Script::staff(Agency& agency) {
  daemon::Core* const core = agency.core();
  if (core == nullptr) return false;
  const auto view = agency.store()->snapshot();
  if (!view.ok()) return false;
  if (community::find_person(**view, kHandle).ok()) return true;
  auto planned = community::add_person(**view, {.handle = kHandle}, agency.machine().random(), core->now());
  if (planned.ok()) core->feeds().commit({}, std::move(planned->rows), [](const Status&) {});
  return false;
}

bool Script::found_spaces() {
  if (spaces_.size() < kSpacesAtFirst) create_space(any_agency());
  return spaces_.size() >= kSpacesAtFirst;
}

void Script::create_space(Agency& steward) {
  const std::uint64_t kind = random_.below(10);
  const std::uint64_t label = random_.below(4);
  community::NewSpace what;
  what.slug = fmt::format("s{}-{}", random_.below(4), number_++);
  what.kind = kind == 0 ? v1::SPACE_KIND_INSIDE : v1::SPACE_KIND_SHARED;
  const bool nothing = chance(30);
  what.history = nothing && plot_.histories ? v1::HISTORY_RULE_NONE : v1::HISTORY_RULE_ALL;
  if (label == 1) what.ceiling = ceiling(v1::TLP_GREEN);
  if (label == 2) what.ceiling = ceiling(v1::TLP_AMBER);
  std::set<Agency*> members;
  for (const auto& agency : assembly_.agencies()) {
    const bool in = chance(60);
    // A steward's operator names agencies that the node knows by name: peers, and now and then none of them.
    if (agency.get() != &steward && in && (paired(steward, *agency) || chance(20)))
      members.insert(agency.get());
  }
  const bool inside = what.kind == v1::SPACE_KIND_INSIDE;
  if (!inside) {
    for (const auto& agency : assembly_.agencies())
      if (members.contains(agency.get())) what.members.push_back(agency->id());
    if (members.empty()) return;
  } else {
    members.clear();
  }
  daemon::Core* const core = steward.core();
  if (core == nullptr || spaces_.size() >= kMostSpaces) return;
  core->world().spaces().create(what, [this, &steward, slug = what.slug, inside, members,
                                       forgets = what.history == v1::HISTORY_RULE_NONE](Result<SpaceId> id) {
    if (!id.ok()) {
      ++refused_[id.error().code];
      return;
    }
    spaces_.push_back({.steward = &steward,
                       .id = *id,
                       .slug = slug,
                       .inside = inside,
                       .forgets = forgets,
                       .members = members,
                       .ever_members = members});
  });
  core->feeds().writer().flush();
}

void Script::posted(Agency* author, const SpaceId& space, const std::string& text, bool secret,
                    const Result<feed::Appended>& result) {
  if (!result.ok()) {
    ++refused_[result.error().code];
    return;
  }
  posts_.push_back({.author = author,
                    .space = space,
                    .feed = result->feed,
                    .seq = result->seq,
                    .id = result->id,
                    .text = text,
                    .restores = author->restores(),
                    .secret = secret});
}

void Script::post() {
  if (spaces_.empty()) return;
  const Planned& space = spaces_[random_.below(spaces_.size())];
  Agency& author = chance(30) ? *space.steward : any_agency();
  const std::uint64_t count = 1 + random_.below(4);
  daemon::Core* const core = author.core();
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string text = fmt::format("{} says {} {}", author.name(), number_++,
                                         std::string(random_.below(chance(5) ? 20'000 : 300), 'x'));
    const auto tlp = random_.below(4);
    if (core == nullptr) continue;
    ++asked_;
    community::NewPost what{.author = kHandle, .space = space.id, .title = "t", .text = text};
    if (tlp == 0) what.label = ceiling(v1::TLP_GREEN);
    core->world().posts().post(
        what, [this, &author, id = space.id, text, inside = space.inside](
                  const Result<feed::Appended>& result) { posted(&author, id, text, inside, result); });
  }
  if (core != nullptr) core->feeds().writer().flush();
}

void Script::reply() {
  if (posts_.empty()) return;
  const Posted parent = posts_[random_.below(posts_.size())];
  Agency& author = any_agency();
  daemon::Core* const core = author.core();
  const std::string text = fmt::format("{} replies {}", author.name(), number_++);
  if (core == nullptr) return;
  ++asked_;
  core->world().posts().reply(
      {.author = kHandle, .parent = parent.id, .text = text},
      [this, &author, space = parent.space, text, secret = parent.secret](
          const Result<feed::Appended>& result) { posted(&author, space, text, secret, result); });
  core->feeds().writer().flush();
}

void Script::withdraw() {
  if (posts_.empty()) return;
  const std::size_t index = random_.below(posts_.size());
  const Posted post = posts_[index];
  daemon::Core* const core = post.author->core();
  if (core == nullptr || post.withdrawn) return;
  core->world().posts().withdraw({.author = kHandle, .entry = post.id, .reason = "a slip"},
                                 [this, index](const Result<feed::Appended>& result) {
                                   if (result.ok()) posts_[index].withdrawn = true;
                                   if (!result.ok()) ++refused_[result.error().code];
                                 });
  core->feeds().writer().flush();
}

void Script::change_members() {
  if (spaces_.empty()) return;
  const std::size_t index = random_.below(spaces_.size());
  Agency& who = any_agency();
  Planned& space = spaces_[index];
  daemon::Core* const core = space.steward->core();
  if (core == nullptr || space.inside || &who == space.steward) return;
  const auto note = [this](const Status& done) {
    if (!done.ok()) ++refused_[done.error().code];
  };
  // What the steward means counts from the asking on: the answer may be lost in a crash when it is done.
  if (space.members.contains(&who)) {
    core->world().spaces().remove_member(space.id, who.id(), [this, index, &who, note](const Status& done) {
      if (done.ok()) spaces_[index].members.erase(&who);
      note(done);
    });
  } else {
    space.ever_members.insert(&who);
    core->world().spaces().add_member(space.id, who.id(), v1::MEMBER_ROLE_WRITER,
                                      [this, index, &who, note](const Status& done) {
                                        if (done.ok()) spaces_[index].members.insert(&who);
                                        note(done);
                                      });
  }
  core->feeds().writer().flush();
}

void Script::leave_or_join() {
  if (spaces_.empty()) return;
  const Planned& space = spaces_[random_.below(spaces_.size())];
  Agency& who = any_agency();
  daemon::Core* const core = who.core();
  if (core == nullptr || &who == space.steward) return;
  const community::Space* const known = core->world().spaces().find(space.id);
  if (known == nullptr) return;
  const auto done = [](const Status&) {};
  if (known->membership.standing == community::Standing::kJoined) {
    core->world().spaces().leave(space.id, done);
  } else {
    core->world().spaces().join(space.id, done);
  }
  core->feeds().writer().flush();
}

void Script::change_agreement() {
  if (pairs_.empty()) return;
  auto [a, b] = pairs_[random_.below(pairs_.size())];
  if (chance(50)) std::swap(a, b);
  const std::uint64_t what = random_.below(4);
  const auto* const peer = peer_of(*a, b->name());
  if (peer == nullptr || !peer->agreement) return;
  Terms terms = peer->agreement->terms_of(a->id());
  if (what < 2) {
    if (terms.proposer_sends) terms.proposer_sends->ceiling = ceiling(v1::TLP_GREEN);
    if (terms.accepter_sends && what == 1) terms.accepter_sends.reset();
    (void)decide(*a, b->name(), [&, to = b->name()](Peering& peering, WallTime now) {
      return peering.narrow(to, terms, By::node(), now);
    });
    return;
  }
  const federation::Flow any{.patterns = {"*"}, .ceiling = ceiling(v1::TLP_AMBER_STRICT)};
  terms.proposer_sends = terms.accepter_sends = any;
  agreed_to_[{a, b}].push_back(terms);
  (void)decide(*a, b->name(), [&, to = b->name()](Peering& peering, WallTime now) {
    return peering.widen(to, terms, By::node(), now);
  });
}

void Script::suspend_or_resume() {
  if (pairs_.empty()) return;
  auto [a, b] = pairs_[random_.below(pairs_.size())];
  if (chance(50)) std::swap(a, b);
  const auto* const peer = peer_of(*a, b->name());
  if (peer == nullptr) return;
  const bool suspended = peer->suspended;
  (void)decide(*a, b->name(), [&, to = b->name()](Peering& peering, WallTime now) {
    return suspended ? peering.resume(to, By::node(), now)
                     : peering.suspend(to, std::nullopt, "a look at it", By::node(), now);
  });
}

void Script::act() {
  const std::uint64_t what = random_.below(100);
  if (what < 60) return post();
  if (what < 72) return reply();
  // Every branch draws on its own, switched on or not, but acts only when it is.
  if (what < 78) return plot_.withdrawals ? withdraw() : post();
  if (what < 84) return plot_.membership ? change_members() : reply();
  if (what < 88) return plot_.late_spaces ? create_space(any_agency()) : post();
  if (what < 91) return plot_.leaving ? leave_or_join() : post();
  if (what < 96) return plot_.agreements ? change_agreement() : post();
  if (plot_.suspensions) suspend_or_resume();
}

bool Script::settle() {
  bool settled = true;
  for (const auto& [a, b] : pairs_) {
    for (const auto& [at, other] : {std::pair(a, b), std::pair(b, a)}) {
      if (at == hostile_ || other == hostile_) continue;
      const auto* const peer = peer_of(*at, other->name());
      if (peer == nullptr) {
        settled = false;
        continue;
      }
      const std::string& name = other->name();
      if (peer->suspended) {
        settled = false;
        (void)decide(*at, name,
                     [&](Peering& peering, WallTime now) { return peering.resume(name, By::node(), now); });
      }
      if (peer->their_proposal) {
        settled = false;
        agreed_to_[{at, other}].push_back(peer->their_proposal->terms_of(at->id()));
        (void)decide(*at, name,
                     [&](Peering& peering, WallTime now) { return peering.sign(name, By::node(), now); });
      }
    }
  }
  return settled;
}

}  // namespace comity::sim::nodes
