// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/templates.h"

#include <stdexcept>

#include <ctemplate/template.h>
#include <ctemplate/template_cache.h>

#include "node/web/look/dictionary.h"
#include "node/web/look/embedded.h"

namespace comity::web {
namespace {

// Each template begins with a pragma, so that escaping does not hang on how it was loaded.
constexpr auto kStrip = ctemplate::DO_NOT_STRIP;

const ctemplate::TemplateCache& loaded() {
  static const ctemplate::TemplateCache& cache = []() -> const ctemplate::TemplateCache& {
    static ctemplate::TemplateCache fresh;
    for (const EmbeddedTemplate& one : embedded_templates()) {
      const std::string name(one.name);
      if (!fresh.StringToTemplateCache(name, one.text.data(), one.text.size(), kStrip))
        throw std::logic_error("this template cannot be read: " + name);
    }
    fresh.Freeze();
    return fresh;
  }();
  return cache;
}

}  // namespace

void load_templates() {
  (void)loaded();
}

std::string render(std::string_view name, const boost::json::object& view, const Words& words) {
  const Dictionary dictionary(view, words);
  std::string out;
  ctemplate::StringEmitter emitter(&out);
  const std::string key(name);
  if (!loaded().ExpandNoLoad(key, kStrip, &dictionary, nullptr, &emitter))
    throw std::logic_error("there is no such template: " + key);
  return out;
}

}  // namespace comity::web
