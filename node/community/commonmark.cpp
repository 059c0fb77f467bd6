// SPDX-License-Identifier: EUPL-1.2
#include "node/community/commonmark.h"

#include <mutex>

#include <cmark-gfm-core-extensions.h>

namespace comity::community {

CommonMark parse_commonmark(std::string_view text) {
  static std::once_flag once;
  std::call_once(once, [] { cmark_gfm_core_extensions_ensure_registered(); });
  cmark_parser* const parser = cmark_parser_new(CMARK_OPT_VALIDATE_UTF8);
  for (const char* const name : {"table", "strikethrough", "autolink", "tasklist"})
    cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension(name));
  cmark_parser_feed(parser, text.data(), text.size());
  CommonMark tree(cmark_parser_finish(parser));
  cmark_parser_free(parser);
  cmark_consolidate_text_nodes(tree.get());
  return tree;
}

}  // namespace comity::community
