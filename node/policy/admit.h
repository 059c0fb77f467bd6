// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "comity/v1/entry.pb.h"

#include "proto/ids.h"

namespace comity::policy {

/// A person, as named by the agency that answers for them.
struct Person {
  proto::AgencyId agency;
  proto::UserId user;

  friend auto operator<=>(const Person&, const Person&) = default;
};

/// Who asks to see something at this node.
struct Reader {
  enum class Kind : std::uint8_t {
    kOperator,  ///< runs the node: sees every space, but nothing that names its readers
    kPerson,    ///< a person of our agency
    kStaff,     ///< nobody in particular: what all of our staff may see
  };
  Kind kind = Kind::kStaff;
  Person person{};     ///< of kPerson
  std::string unit{};  ///< of kPerson; empty: none
};

/// Who of our own staff may read a space: our agency's own rule, which no other agency sees, and in a circle
/// the people it is made of.
struct SpaceReaders {
  v1::ReaderRule rule = v1::READER_RULE_OPEN;
  std::vector<proto::UserId> persons{};  ///< of READER_RULE_LISTED, ascending
  std::vector<std::string> units{};      ///< of READER_RULE_LISTED, ascending
  /// Of a circle: its people of all agencies, ascending; nobody else enters it, the operator neither.
  std::optional<std::vector<Person>> people{};
};

/// What decides who may see one entry.
struct EntrySight {
  v1::SpaceKind space_kind = v1::SPACE_KIND_NONE;
  bool space_open = false;          ///< we have joined the space at some time
  v1::Tlp tlp = v1::TLP_NONE;       ///< of the entry's label
  bool author_hidden = false;       ///< the author's agency is suspended or revoked
  bool withheld = false;            ///< in quarantine, disposed of, expired or never received
  bool withdrawn = false;           ///< by somebody who had the right
  Person writer{};                  ///< zero user: the agency itself
  std::span<const Person> named{};  ///< the only people who may read it, as its ciphertext says
};

enum class Sight : std::uint8_t {
  kNothing,    ///< looks as if it did not exist
  kTombstone,  ///< that it was there, who withdrew it and why
  kWhole,
};

/// Whether people may be admitted to a space at all, before any entry of it is looked at.
[[nodiscard]] bool admits(const SpaceReaders& readers, const Reader& reader);

/// The reading gate: every list, count, search and error text goes through it (DESIGN 4). Named readers are
/// always asked for in circles and under RED, and wherever an author named some; the operator is none of
/// them. A pure function; any thread.
[[nodiscard]] Sight admit(const Reader& reader, const SpaceReaders& readers, const EntrySight& entry);

}  // namespace comity::policy
