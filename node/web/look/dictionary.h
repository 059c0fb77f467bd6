// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <ctemplate/template_dictionary_interface.h>

namespace comity::web {

class Words;

/// A view as a template sees it. A name stands for the field of that name in the innermost object: text and
/// numbers show as they are, anything else as nothing. Nothing is inherited from outside, so that one row
/// never shows what belongs to another; three kinds of name look elsewhere:
///   T_name     the sentence "name" of the message catalogue
///   page_name  the field "name" of "page" in the whole view: what every page has
/// and a section {{#name}} shows once for true, for a text that is not empty and for a number that is not 0,
/// inside the object for an object, and once for each element of a list ({{item}} is an element that is no
/// object). A section
/// {{#no_name}} shows where {{#name}} does not, {{#any_name}} once where it does. Owner of nothing: view and
/// words outlive it. One thread at a time.
class Dictionary final : public ctemplate::TemplateDictionaryInterface {
 public:
  Dictionary(const boost::json::object& view, const Words& words);

 private:
  class Rows;
  Dictionary(const boost::json::object* scope, const boost::json::value* item, const Dictionary& outer);

  [[nodiscard]] const boost::json::value* look(std::string_view name) const;

  ctemplate::TemplateString GetValue(const ctemplate::TemplateString& variable) const override;
  bool IsHiddenSection(const ctemplate::TemplateString& name) const override;
  bool IsUnhiddenSection(const ctemplate::TemplateString& name) const override;
  Iterator* CreateSectionIterator(const ctemplate::TemplateString& section) const override;
  void DumpToString(std::string* out, int level) const override;
  // Templates are put together when they are built: none includes another at run time.
  bool IsHiddenTemplate(const ctemplate::TemplateString&) const override { return true; }
  const char* GetIncludeTemplateName(const ctemplate::TemplateString&, int) const override { return ""; }
  Iterator* CreateTemplateIterator(const ctemplate::TemplateString&) const override;

  const boost::json::object* scope_;
  const boost::json::value* item_ = nullptr;
  const boost::json::object* page_;
  const Words& words_;
  mutable std::string number_{};  ///< keeps the digits that GetValue returned a view of
};

}  // namespace comity::web
