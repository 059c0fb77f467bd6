// SPDX-License-Identifier: EUPL-1.2
#include "tools/benchmark/store_text.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace comity::benchmark {
namespace {

constexpr double kMedian = 1500;
constexpr double kMean = 2800;
constexpr std::size_t kMost = 64 * 1000;
constexpr std::size_t kLeast = 20;
constexpr std::size_t kLine = 76;

// Roughly in the order in which offices use them.
constexpr std::string_view kCommon =
    "the to of and a in is that for it be this on with we as not are by have at or from an if can will but "
    "they which all would there our should one has what do no you their more when so any was these about how "
    "other some may only also been who its up use than them i out could into new does were now because same "
    "then such just your between each two must still while after before where most need both through under "
    "over without first even very might make since many those every well against within per until rather "
    "either once less few during though whether yet across another neither several own whose instead despite "
    "toward behind beyond unless perhaps already often again here never always";

// Taken as they are, with -s, -ed and -ing.
constexpr std::string_view kStems =
    "report request review record answer question comment issue office agenc partner system service network "
    "permit contract budget project board member staff team meeting region district county border port "
    "harbour bridge road rail hospital clinic school court case file form letter note draft version section "
    "paragraph point concern reason problem change update release approv reject accept grant assign transfer "
    "inspect audit measur test train plan schedul delay cancel confirm check verif sign seal store archiv "
    "search index list count export import deliver collect process handl manag support operat maintain "
    "repair "
    "replac install configur monitor respond alert warn notif inform explain describ discuss propos suggest "
    "recommend decid agree object appeal complain investigat prosecut protect secur encrypt access restrict "
    "limit exceed reduc increas improv extend expand clos open start end follow lead join leav return remov "
    "add creat build design develop launch fund spend sav charg pay bill estimat forecast calculat compar "
    "evaluat assess analys study survey sampl map locat mov carr ship load stor heat cool pump filter clean "
    "treat vaccinat screen diagnos isolat prescrib dispens register enrol qualif certif licens regulat "
    "enforc "
    "compl exempt waiv suspend revok renew expir terminat appoint elect nominat represent consult coordinat "
    "cooperat negotiat arbitrat mediat settl resolv escalat defer prioritis allocat distribut share pool "
    "exchang publish print translat summaris highlight annotat correct amend append attach enclos forward "
    "reply mention quot refer cit link track trac detect prevent mitigat contain recover restor rebuild "
    "evacuat shelter rescu patrol guard stop search seiz detain releas charge convict fine tax levy refund "
    "subsidis insur guarantee lend borrow purchas procur tender bid award deliver receiv accept invoic";

constexpr std::string_view kPlain =
    "water quality energy safety health people data information policy law act rule guidance standard level "
    "risk threat incident emergency flood storm fire drought earthquake pandemic outbreak vaccine medicine "
    "laboratory sample result evidence witness suspect victim offender police ambulance army navy coast "
    "customs immigration passport visa refugee asylum citizen resident business company farmer fisher driver "
    "pilot teacher nurse doctor engineer scientist analyst lawyer judge minister secretary director manager "
    "officer clerk volunteer committee council parliament ministry department bureau institute university "
    "commission authority treasury bank fund account currency price cost value market trade supply demand "
    "stock cargo vessel vehicle aircraft train truck fuel gas oil coal nuclear solar wind power grid station "
    "line cable pipe valve sensor camera radio phone computer server database software network password key "
    "certificate protocol message packet backup log error failure outage recovery capacity performance "
    "national regional local federal foreign public private general special annual monthly weekly daily "
    "current previous next final initial additional available necessary possible likely similar different "
    "important critical urgent serious minor major large small high low long short early late recent old "
    "clear open full empty strong weak safe dangerous legal illegal technical medical financial social "
    "environmental agricultural industrial commercial military civil human electronic digital physical "
    "however therefore although otherwise meanwhile furthermore accordingly approximately immediately "
    "currently previously eventually directly specifically generally usually sometimes rarely probably "
    "certainly clearly simply quickly slowly carefully formally temporarily permanently jointly separately "
    "morning afternoon evening week month year quarter january february march april june july august "
    "september october november december monday tuesday wednesday thursday friday north south east west "
    "thanks regards please attached below above appendix annex table figure chapter page summary background "
    "purpose scope method finding conclusion recommendation deadline milestone target objective outcome";

constexpr std::string_view kNames =
    "Amara Benoit Chandra Dmitri Elena Farouk Greta Hassan Ingrid Joao Keiko Lars Maria Nadia Olu Petra "
    "Quinn "
    "Rashid Sofia Tomas Ursula Viktor Wanjiru Xavier Yusuf Zofia Albright Bergstrom Castellanos Dubois "
    "Eriksen Fontaine Grimaldi Haddad Ivanova Johansson Kowalski Lindqvist Moreau Nakamura Okafor Petrov";

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) out.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

const std::vector<std::string>& names() {
  static const std::vector<std::string> all = split(kNames);
  return all;
}

}  // namespace

Prose::Prose(std::uint64_t seed) : state_(1) {
  words_ = split(kCommon);
  std::vector<std::string> rest = split(kPlain);
  for (const std::string& stem : split(kStems)) {
    const bool cut = std::string_view("bcdfghjlmnpqrstvwxyz").find(stem.back()) != std::string_view::npos;
    for (const char* ending : {"s", "ed", "ing"})
      rest.push_back(stem + ending);
    if (!cut) rest.push_back(stem);
  }
  // The same words are frequent whatever the seed.
  for (std::size_t i = rest.size(); i > 1; --i)
    std::swap(rest[i - 1], rest[below(static_cast<std::uint32_t>(i))]);
  state_ = seed;
  words_.insert(words_.end(), rest.begin(), rest.end());
  constexpr double kShare = 14'000;
  for (std::size_t rank = 0; rank < words_.size(); ++rank) {
    const auto times = static_cast<std::size_t>(kShare / (static_cast<double>(rank) + 2.7)) + 1;
    rank_of_.insert(rank_of_.end(), times, static_cast<std::uint16_t>(rank));
  }
}

// SplitMix64 (Steele, Lea, Flood, 2014).
std::uint64_t Prose::next() {
  std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15U;
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31U);
}

std::uint32_t Prose::below(std::uint32_t bound) {
  return static_cast<std::uint32_t>(((next() >> 32U) * bound) >> 32U);
}

std::size_t Prose::next_size() {
  // Two even draws make one of the normal distribution (Box and Muller, 1958).
  const auto even = [&] { return (static_cast<double>(next() >> 11U) + 0.5) * 0x1p-53; };
  const double radius = std::sqrt(-2 * std::log(even()));
  const double normal = radius * std::cos(2 * std::numbers::pi * even());
  const double sigma = std::sqrt(2 * std::log(kMean / kMedian));
  return std::clamp(static_cast<std::size_t>(kMedian * std::exp(sigma * normal)), kLeast, kMost);
}

void Prose::add_word(std::string& out) {
  const std::uint32_t draw = below(1000);
  if (draw < 22) {
    out += names()[below(static_cast<std::uint32_t>(names().size()))];
  } else if (draw < 38) {
    out += std::to_string(below(draw < 30 ? 100 : 100'000));
  } else if (draw < 42) {
    fmt::format_to(std::back_inserter(out), "https://{}.example/{}/{:x}", words_[120 + below(600)],
                   words_[120 + below(600)], next() >> 40U);
  } else if (draw < 52) {
    // A word that is found nowhere else: a form's number, an abbreviation, a slip of the pen.
    for (std::uint32_t left = 3 + below(6); left > 0; --left)
      out += static_cast<char>((draw < 47 ? 'A' : 'a') + below(26));
  } else {
    out += words_[rank_of_[below(static_cast<std::uint32_t>(rank_of_.size()))]];
  }
}

void Prose::add_sentence(std::string& out) {
  const std::size_t begin = out.size();
  const std::uint32_t length = 4 + below(22);
  std::size_t line =
      out.size() - std::min(out.size(), out.rfind('\n') == std::string::npos ? 0 : out.rfind('\n'));
  for (std::uint32_t i = 0; i < length; ++i) {
    const std::size_t before = out.size();
    add_word(out);
    line += out.size() - before + 1;
    if (i + 1 == length) break;
    if (below(12) == 0) out += ',';
    if (line > kLine) {
      out += '\n';
      line = 0;
    } else {
      out += ' ';
    }
  }
  out[begin] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[begin])));
  out += below(8) == 0 ? "?" : ".";
}

void Prose::add_quote(std::string& out) {
  fmt::format_to(std::back_inserter(out), "On {} {} 20{:02}, {} {} wrote:\n", 1 + below(28),
                 words_[120 + below(600)], 18 + below(9), names()[below(26)], names()[26 + below(16)]);
  std::string quoted;
  for (std::uint32_t left = 1 + below(3); left > 0; --left) {
    add_sentence(quoted);
    quoted += left > 1 ? " " : "";
  }
  out += "> ";
  for (const char c : quoted) {
    out += c;
    if (c == '\n') out += "> ";
  }
  out += "\n\n";
}

std::string Prose::title() {
  std::string out;
  for (std::uint32_t left = 3 + below(6); left > 0; --left) {
    add_word(out);
    if (left > 1) out += ' ';
  }
  return out;
}

std::string Prose::text(std::size_t size) {
  std::string out;
  out.reserve(size + 256);
  while (out.size() < size) {
    if (below(3) == 0) add_quote(out);
    for (std::uint32_t left = 2 + below(5); left > 0; --left) {
      add_sentence(out);
      out += left > 1 ? " " : "\n\n";
    }
  }
  out.resize(size);
  return out;
}

}  // namespace comity::benchmark
