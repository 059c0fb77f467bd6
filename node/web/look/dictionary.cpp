// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/dictionary.h"

#include <memory>

#include <boost/json/serialize.hpp>

#include "node/web/look/words.h"

namespace comity::web {
namespace {

namespace json = boost::json;
using ctemplate::TemplateString;

constexpr std::string_view kWord = "T_";
constexpr std::string_view kPage = "page_";
constexpr std::string_view kNot = "no_";
constexpr std::string_view kAny = "any_";

std::string_view text_of(const TemplateString& name) {
  return {name.data(), name.size()};
}

bool shows(const json::value* value) {
  if (value == nullptr) return false;
  switch (value->kind()) {
    case json::kind::bool_:
      return value->get_bool();
    case json::kind::string:
      return !value->get_string().empty();
    case json::kind::array:
      return !value->get_array().empty();
    case json::kind::object:
      return true;
    case json::kind::int64:
      return value->get_int64() != 0;
    case json::kind::uint64:
      return value->get_uint64() != 0;
    default:
      return false;
  }
}

}  // namespace

/// The dictionaries of one section: as many as it shows times.
class Dictionary::Rows final : public Iterator {
 public:
  Rows(const Dictionary& outer, const json::value* value, bool same) : outer_(outer), value_(value) {
    const bool list = !same && value != nullptr && value->is_array();
    count_ = list ? value->get_array().size() : 1;
    same_ = same || value == nullptr || !(value->is_array() || value->is_object());
  }

  bool HasNext() const override { return at_ < count_; }
  const TemplateDictionaryInterface& Next() override {
    const json::value* const here = same_ ? nullptr : value_->is_array() ? &value_->get_array()[at_] : value_;
    ++at_;
    const json::object* scope = outer_.scope_;
    const json::value* item = outer_.item_;
    if (here != nullptr) {
      scope = here->is_object() ? &here->get_object() : nullptr;
      item = here->is_object() ? nullptr : here;
    }
    current_.reset(new Dictionary(scope, item, outer_));
    return *current_;
  }

 private:
  const Dictionary& outer_;
  const json::value* value_;
  std::size_t count_ = 0;
  std::size_t at_ = 0;
  bool same_ = false;
  std::unique_ptr<Dictionary> current_;
};

Dictionary::Dictionary(const json::object& view, const Words& words)
    : scope_(&view), page_(nullptr), words_(words) {
  const json::value* const page = view.if_contains("page");
  if (page != nullptr && page->is_object()) page_ = &page->get_object();
}

Dictionary::Dictionary(const json::object* scope, const json::value* item, const Dictionary& outer)
    : scope_(scope), item_(item), page_(outer.page_), words_(outer.words_) {}

const json::value* Dictionary::look(std::string_view name) const {
  if (name.starts_with(kPage)) {
    return page_ == nullptr ? nullptr : page_->if_contains(name.substr(kPage.size()));
  }
  if (item_ != nullptr) return name == "item" ? item_ : nullptr;
  return scope_ == nullptr ? nullptr : scope_->if_contains(name);
}

TemplateString Dictionary::GetValue(const TemplateString& variable) const {
  const std::string_view name = text_of(variable);
  if (name.starts_with(kWord)) {
    const std::string_view said = words_.plain(name.substr(kWord.size()));
    return {said.data(), said.size()};
  }
  const json::value* const value = look(name);
  if (value == nullptr) return {"", 0};
  if (value->is_string()) return {value->get_string().data(), value->get_string().size()};
  if (!value->is_number()) return {"", 0};
  number_ = json::serialize(*value);
  return {number_.data(), number_.size()};
}

bool Dictionary::IsUnhiddenSection(const TemplateString& name) const {
  const std::string_view text = text_of(name);
  if (text.starts_with(kNot)) return !shows(look(text.substr(kNot.size())));
  if (text.starts_with(kAny)) return shows(look(text.substr(kAny.size())));
  return shows(look(text));
}

bool Dictionary::IsHiddenSection(const TemplateString& name) const {
  return !IsUnhiddenSection(name);
}

Dictionary::Iterator* Dictionary::CreateSectionIterator(const TemplateString& section) const {
  const std::string_view text = text_of(section);
  const bool same = text.starts_with(kNot) || text.starts_with(kAny);
  return new Rows(*this, same ? nullptr : look(text), same);
}

Dictionary::Iterator* Dictionary::CreateTemplateIterator(const TemplateString&) const {
  return new Rows(*this, nullptr, true);
}

void Dictionary::DumpToString(std::string* out, int) const {
  if (scope_ != nullptr) *out += json::serialize(*scope_);
}

}  // namespace comity::web
