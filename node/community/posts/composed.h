// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <optional>

#include "node/community/people/people.h"
#include "node/community/posts/post_reader.h"
#include "node/community/spaces/spaces.h"

namespace comity::community {

/// What somebody of our agency is about to write: which content, where and for whom. Of any type; Posts puts
/// in the author and the people named.
struct Composed {
  SpaceId space;
  v1::Content content{};
  std::optional<Label> label{};  ///< nothing: AMBER+STRICT (RED in a circle), or the ceiling when it is lower
  /// The only readers besides the writer; empty: all of the space. Those of a circle are put in by Posts.
  std::vector<Person> named{};
  /// A text whose @mentions are told to those of them who may read the entry; empty: nobody is.
  std::string mentions_in{};
  /// An earlier version of that text: whom it mentions knows already.
  std::string told_in{};
};

/// What composing may look at: the store at one moment, with the eyes of who writes. For the length of one
/// call.
class Composing {
 public:
  Composing(const storage::View& view, Spaces& spaces, const crypto::Key32& storage_key, const AgencyId& self,
            const PersonRow& person)
      : view_(view), spaces_(spaces), storage_key_(storage_key), self_(self), person_(person) {}

  [[nodiscard]] const storage::View& view() const noexcept { return view_; }
  [[nodiscard]] const PersonRow& person() const noexcept { return person_; }
  [[nodiscard]] Person writer() const { return {self_, person_.id}; }
  [[nodiscard]] const Space* find(const SpaceId& space) const { return spaces_.find(space); }
  [[nodiscard]] const Sights& sights() {
    if (!sights_) sights_ = spaces_.sights();
    return *sights_;
  }
  [[nodiscard]] const crypto::Key32& storage_key() const noexcept { return storage_key_; }
  [[nodiscard]] PostReader& reader() {
    if (!reader_) reader_.emplace(view_, sights(), storage_key_, reader_of(self_, person_));
    return *reader_;
  }

 private:
  const storage::View& view_;
  Spaces& spaces_;
  const crypto::Key32& storage_key_;
  const AgencyId& self_;
  const PersonRow& person_;
  std::shared_ptr<const Sights> sights_{};
  std::optional<PostReader> reader_{};
};

/// Makes the content, or says why not. Called on the owner thread, and once more when the audience changed
/// meanwhile, so it holds what it needs by value.
using Compose = std::function<Result<Composed>(Composing& at)>;

/// What everybody gets who is to answer, edit or mark `target`: its label where the space still admits it,
/// and its readers.
[[nodiscard]] Composed addressed_like(const PostReader::Opened& target, Composing& at);

/// Puts whom the text mentions into Content.mention: people of the agencies that the entry goes to, and of
/// those named where only some may read it; not who writes. Errors: those of mentioned_people().
[[nodiscard]] Status put_mentions(Composing& at, const Space& space, Composed& what);

/// What is said of a space's entries when no label is given.
[[nodiscard]] Label default_label(const Space& space);
/// Their agencies, ascending, each once.
[[nodiscard]] std::vector<AgencyId> agencies_of(std::span<const Person> people);

}  // namespace comity::community
