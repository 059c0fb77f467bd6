// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/check/judge.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/federation/peering/reasons.h"

namespace comity::federation {
namespace {

using proto::found_fail;
using proto::found_ok;
using proto::found_skip;
using proto::found_warn;

/// Texts of several addresses, and whether one at least, or every one, was good.
class Several {
 public:
  void good(std::string text) {
    ++good_;
    add(std::move(text));
  }
  void bad(std::string text) {
    ++bad_;
    add(std::move(text));
  }
  [[nodiscard]] bool any() const noexcept { return good_ + bad_ != 0; }
  [[nodiscard]] Finding finding(Code code, std::string_view fix = {}) const {
    if (good_ == 0) return found_fail(code, text_, fix);
    return bad_ == 0 ? found_ok(code, text_) : found_warn(code, text_, fix);
  }

 private:
  void add(std::string text) { text_ += (text_.empty() ? "" : "; ") + text; }

  int good_ = 0;
  int bad_ = 0;
  std::string text_;
};

std::string in_words(const Error& error) {
  const std::string_view sentence = proto::describe(error.code).sentence;
  return error.detail.empty() ? std::string(sentence) : fmt::format("{} ({})", sentence, error.detail);
}

Finding no_address(Code code, const Observed& seen) {
  if (seen.peer->stage != Stage::kActive) {
    return found_skip(code, fmt::format("the peer is {}: this node does not dial it",
                                        name_of(seen.peer->state_at(seen.now))));
  }
  if (seen.session) return found_skip(code, "no address of theirs is known: they dial us, and are connected");
  return found_fail(code, "no address of theirs is known",
                    "Ask the other operator for an address, or wait until they dial");
}

Finding judge_name(const Observed& seen) {
  if (seen.addresses.empty()) return no_address(Code::kCheckName, seen);
  Several all;
  for (const AddressSeen& each : seen.addresses) {
    if (each.closed && each.closed->code == Code::kNameNotFound) {
      all.bad(each.address + " does not resolve");
    } else if (!each.resolved.empty() && each.resolved != each.address) {
      all.good(fmt::format("{} is {}", each.address, each.resolved));
    } else {
      all.good(each.address);
    }
  }
  return all.finding(Code::kCheckName);
}

bool shows_no_node(const Error& error) {
  return error.code == Code::kNotComity || error.code == Code::kTimedOut ||
         (error.code == Code::kHandshakeRefused && error.detail != "before its Hello") ||
         error.code == Code::kHandshakeFailed;
}

Finding judge_port(const Observed& seen) {
  if (seen.addresses.empty()) return no_address(Code::kCheckPort, seen);
  const auto nameless = [](const AddressSeen& each) {
    return each.closed && each.closed->code == Code::kNameNotFound;
  };
  if (std::ranges::all_of(seen.addresses, nameless))
    return found_skip(Code::kCheckPort, "nothing was dialled: no name resolves");
  Several all;
  bool other = false;
  for (const AddressSeen& each : seen.addresses) {
    if (nameless(each)) continue;
    if (each.closed) {
      all.bad(fmt::format("{}: {}", each.address, in_words({each.closed->code, {}})));
      continue;
    }
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(each.opened_in).count();
    const std::string open = fmt::format("{} opens in {} ms", each.address, ms);
    if (each.speaks) {
      other = true;
      all.bad(fmt::format("{} and answers, but speaks {}", open, *each.speaks));
    } else if (each.refused && shows_no_node(*each.refused)) {
      all.bad(open + " and stays silent: another node, or none");
    } else {
      all.good(open + " and answers Comity");
    }
  }
  return all.finding(Code::kCheckPort, other
                                           ? "Another service listens there: compare the port with the other "
                                             "operator"
                                           : std::string_view());
}

// What a Hello says about keys and instance, compared with what is pinned.
Finding judge_hello(const Observed& seen, const v1::Hello& hello, std::string_view where) {
  const Peer& peer = *seen.peer;
  const Code code = Code::kCheckKey;
  if (seen.chain == nullptr) return found_skip(code, "no key of theirs is pinned yet");
  if (id_of<AgencyId>(hello.agency()) != peer.agency) {
    return found_fail(
        code, fmt::format("{} speaks for another agency: {}", where, id_of<AgencyId>(hello.agency()).hex()));
  }
  if (hello.keydoc() < seen.chain->version()) {
    return found_fail(code,
                      fmt::format("their key document is version {}, we hold version {}: an older state of "
                                  "their node",
                                  hello.keydoc(), seen.chain->version()));
  }
  if (hello.keydoc() == seen.chain->version() &&
      !seen.chain->has_hash(id_of<Sha256Digest>(hello.keydoc_hash()))) {
    return found_fail(code, fmt::format("key changed: another key document of version {}", hello.keydoc()));
  }
  const auto instance = id_of<InstanceId>(hello.instance());
  if (std::ranges::find(peer.retired, instance) != peer.retired.end()) {
    return found_fail(code,
                      fmt::format("instance {} was followed by {}: an old copy of their node is running",
                                  instance.hex().substr(0, 8), peer.instance.hex().substr(0, 8)),
                      "Call the other operator: one of their two nodes has to stop");
  }
  if (!peer.instance.is_zero() && instance != peer.instance) {
    return found_warn(
        code, fmt::format("pinned key, but another instance {} (pinned {}): restored, or a second node",
                          instance.hex().substr(0, 8), peer.instance.hex().substr(0, 8)));
  }
  if (instance == peer.instance && hello.boot_count() < peer.boot_count) {
    return found_fail(code,
                      fmt::format("start {} of an instance that had started {} times: an older state of "
                                  "their node",
                                  hello.boot_count(), peer.boot_count));
  }
  return found_ok(
      code, fmt::format("pinned key, key document {}, their start {} (highest seen {}), {}", hello.keydoc(),
                        hello.boot_count(), std::max(hello.boot_count(), peer.boot_count),
                        hello.software().empty() ? std::string("no version named") : hello.software()));
}

const AddressSeen* who_spoke(const Observed& seen) {
  const auto at =
      std::ranges::find_if(seen.addresses, [](const AddressSeen& each) { return each.hello.has_value(); });
  return at == seen.addresses.end() ? nullptr : &*at;
}

Finding judge_key(const Observed& seen) {
  if (const AddressSeen* const spoke = who_spoke(seen)) {
    Finding found = judge_hello(seen, *spoke->hello, spoke->address);
    const bool revoked = seen.peer->refused_by_them && seen.peer->last_error.reason == v1::REASON_REVOKED;
    if (!revoked || found.verdict == Verdict::kFail) return found;
    // They open the door to a revoked peer for as long as it takes to say so.
    return found_fail(
        Code::kCheckKey,
        fmt::format("{} holds the pinned key, and they have revoked the peering: {}", spoke->address,
                    seen.peer->last_error.text),
        "Call the other operator; comity peer retry asks once more, a new peering begins with an invitation");
  }
  if (seen.session) {
    Finding found = judge_hello(seen, *seen.session, "the open session");
    if (found.verdict == Verdict::kOk) found.text += "; by the session that is open";
    return found;
  }
  const auto refused = std::ranges::find_if(
      seen.addresses, [](const AddressSeen& each) { return each.refused && !shows_no_node(*each.refused); });
  if (refused != seen.addresses.end()) {
    const Error& why = *refused->refused;
    if (why.code != Code::kHandshakeRefused)
      return found_fail(Code::kCheckKey, fmt::format("{}: {}", refused->address, in_words(why)));
    return found_fail(Code::kCheckKey,
                      refused->address +
                          " holds the pinned key and does not know us: they have revoked or given up "
                          "the peering, or restored an older state",
                      "Call the other operator: comity peer show there");
  }
  const bool silent = std::ranges::any_of(seen.addresses, [](const AddressSeen& each) {
    return each.refused && !each.speaks && shows_no_node(*each.refused);
  });
  if (silent) {
    return found_fail(Code::kCheckKey,
                      "nobody answers with the pinned key: it has changed, or another node listens",
                      "Call the other operator and compare: comity peer show here, comity key list there");
  }
  return found_skip(Code::kCheckKey, "no node was reached");
}

Finding judge_clock(const Observed& seen) {
  const AddressSeen* const spoke = who_spoke(seen);
  if (spoke == nullptr) return found_skip(Code::kCheckClock, "no node was reached that could tell its time");
  const WallTime theirs = from_millis(spoke->hello->hlc() >> 16U);
  const auto apart = theirs > spoke->at ? theirs - spoke->at : spoke->at - theirs;
  const std::string text =
      fmt::format("clock difference {:.1f} s{}", static_cast<double>(apart.count()) / 1000,
                  apart <= check_limits::kClockWarning ? ""
                  : theirs > spoke->at                 ? ": theirs is ahead (limit 30 s)"
                                                       : ": theirs is behind (limit 30 s)");
  if (apart > check_limits::kClockFailure) return found_fail(Code::kCheckClock, text);
  return apart > check_limits::kClockWarning ? found_warn(Code::kCheckClock, text)
                                             : found_ok(Code::kCheckClock, text);
}

Finding judge_call_back(const Observed& seen) {
  const CallBackSeen& how = seen.call_back;
  const Code code = Code::kCheckCallBack;
  using How = CallBackSeen::How;
  if (how.how == How::kNoSession)
    return found_skip(code, "the peer is not connected, so it could not be asked to dial back");
  if (how.how == How::kNoAddresses)
    return found_skip(code, "this node advertises no address: it only dials out");
  if (how.how == How::kSilent)
    return found_warn(code, "asked to dial back, they gave no answer in time", "Try again in a minute");
  if (how.how == How::kRefused) {
    const std::string until =
        how.retry_after == 0 ? std::string() : fmt::format(", again in {} s", how.retry_after);
    return found_skip(code,
                      fmt::format("asked to dial back, they refused: {}{}", name_of(how.refused), until));
  }
  Several all;
  for (std::size_t at = 0; at < how.asked.size() && at < how.tried; ++at) {
    const bool reached = std::ranges::find(how.reached, static_cast<std::uint32_t>(at)) != how.reached.end();
    if (reached) {
      all.good("they reach us at " + how.asked[at]);
    } else {
      all.bad("they do not reach us at " + how.asked[at]);
    }
  }
  if (!all.any()) return found_warn(code, "they dialled none of our addresses", "Try again in a minute");
  return all.finding(code);
}

Finding end_of(Code code, std::string_view name, const Agreed& agreed, WallTime now) {
  const std::string end = time_text(agreed.terms.ends);
  if (agreed.ended(now)) {
    return found_fail(code, "ended " + end,
                      fmt::format("Sign a new one: comity agreement widen {} --ends DATE", name));
  }
  if (now < agreed.terms.starts)
    return found_warn(code, "starts " + time_text(agreed.terms.starts), "Nothing flows before");
  const auto days = std::chrono::floor<std::chrono::days>(agreed.terms.ends - now).count();
  const std::string text = fmt::format("{} days left, until {}", days, end);
  if (days >= 30) return found_ok(code, text);
  return found_warn(code, text,
                    fmt::format("Propose a longer one: comity agreement widen {} --ends DATE", name));
}

Finding judge_agreement(const Observed& seen) {
  const Peer& peer = *seen.peer;
  const Code code = Code::kCheckAgreement;
  if (!peer.agreement) return found_skip(code, "no agreement is in force");
  const AddressSeen* const spoke = who_spoke(seen);
  const std::string ours = digest_text(peer.agreement->digest);
  // An open session's Hello tells what was in force at its start; of changes since both have told each other.
  if (spoke != nullptr) {
    const auto theirs = id_of<Sha256Digest>(spoke->hello->terms_digest());
    if (theirs.is_zero()) return found_fail(code, fmt::format("we hold agreement {}, they hold none", ours));
    if (theirs != peer.agreement->digest)
      return found_fail(code, fmt::format("we hold agreement {}, they hold {}", ours, digest_text(theirs)));
  }
  Finding found = end_of(code, peer.name, *peer.agreement, seen.now);
  found.text =
      fmt::format("{} agreement {}, {}", spoke != nullptr ? "both hold" : "we hold", ours, found.text);
  return found;
}

Finding judge_lag(const Observed& seen) {
  const LagSeen& lag = seen.lag;
  const Code code = Code::kCheckLag;
  if (lag.written == 0) return found_ok(code, "nothing of ours is for them yet");
  if (lag.stored >= lag.written)
    return found_ok(code, fmt::format("they stored all {} entries of ours", lag.written));
  const std::uint64_t waits = lag.written - lag.stored;
  const auto since =
      lag.waiting && *lag.waiting < seen.now ? seen.now - *lag.waiting : std::chrono::milliseconds(0);
  std::string text = fmt::format(
      "they stored {} of our {} entries; {} wait{}", lag.stored, lag.written, waits,
      lag.waiting ? fmt::format(" since {} ({})", time_text(*lag.waiting), span_text(since)) : "");
  if (lag.reason) text += "; reason: " + *lag.reason;
  if (seen.session && !lag.reason && since < check_limits::kUsualLag) return found_ok(code, text);
  const std::string contact = seen.peer->agreement ? seen.peer->agreement->terms.contact : std::string();
  return found_fail(code, text, contact.empty() ? std::string("Call the other operator") : "Call " + contact);
}

Finding judge_fork(const Observed& seen) {
  const Code code = Code::kCheckFork;
  if (seen.peer->forked)
    return found_fail(code, "a fork was proven: " + seen.peer->reason,
                      "Talk to the other operator, then run comity peer heal");
  if (!seen.heads.differ.empty()) {
    std::string text = "two entries at one place of feed";
    for (const std::string& feed : seen.heads.differ)
      text += " " + feed;
    return found_fail(code, text);
  }
  if (seen.heads.feeds == 0) return found_ok(code, "no feed is held by both yet");
  return found_ok(
      code,
      fmt::format("no fork: {} of {} feeds in common have the same entry at the same place{}",
                  seen.heads.compared, seen.heads.feeds, seen.heads.fresh ? "" : ", as they last said"));
}

}  // namespace

std::string span_text(std::chrono::milliseconds span) {
  using namespace std::chrono;
  const auto total = floor<seconds>(span).count();
  const auto days = total / 86400;
  const auto hours = total / 3600 % 24;
  const auto minutes = total / 60 % 60;
  if (days != 0) return fmt::format("{} d {} h", days, hours);
  if (hours != 0) return fmt::format("{} h {} min", hours, minutes);
  if (minutes != 0) return fmt::format("{} min", minutes);
  return fmt::format("{} s", total);
}

Finding judge_end(Code code, std::string_view name, const Agreed& agreed, WallTime now) {
  Finding found = end_of(code, name, agreed, now);
  found.text = fmt::format("{}: {}", name, found.text);
  return found;
}

std::vector<Finding> judge(const Observed& seen) {
  return {judge_name(seen),      judge_port(seen),      judge_key(seen), judge_clock(seen),
          judge_call_back(seen), judge_agreement(seen), judge_lag(seen), judge_fork(seen)};
}

}  // namespace comity::federation
