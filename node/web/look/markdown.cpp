// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/markdown.h"

#include <algorithm>
#include <cstring>
#include <map>

#include <cmark-gfm-core-extensions.h>

#include "node/community/commonmark.h"
#include "node/community/plain.h"
#include "node/web/look/inline_names.h"

namespace comity::web {
namespace {

// Deeper lists and quotations show as the text that they are: nobody writes them, and a page of them is no
// page.
constexpr int kMostDepth = 64;

std::string_view text_in(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

bool is(cmark_node* node, const char* type) {
  return std::strcmp(cmark_node_get_type_string(node), type) == 0;
}

/// The letters of everything below a node.
std::string letters(cmark_node* top) {
  std::string out;
  cmark_iter* const walk = cmark_iter_new(top);
  for (auto event = cmark_iter_next(walk); event != CMARK_EVENT_DONE; event = cmark_iter_next(walk)) {
    cmark_node* const node = cmark_iter_get_node(walk);
    const cmark_node_type type = cmark_node_get_type(node);
    if (event != CMARK_EVENT_ENTER) continue;
    if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE || type == CMARK_NODE_HTML_INLINE)
      out += text_in(cmark_node_get_literal(node));
    if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK) out += ' ';
  }
  cmark_iter_free(walk);
  return out;
}

class Writer {
 public:
  Writer(const MarkdownPlace& place, Markdown& out) : place_(place), out_(out), heading_(place.heading - 1) {}

  void write(cmark_node* root) {
    cmark_iter* const walk = cmark_iter_new(root);
    for (auto event = cmark_iter_next(walk); event != CMARK_EVENT_DONE; event = cmark_iter_next(walk)) {
      cmark_node* const node = cmark_iter_get_node(walk);
      if (event == CMARK_EVENT_ENTER) {
        enter(node);
      } else {
        leave(node);
      }
    }
    cmark_iter_free(walk);
  }

 private:
  void put(std::string_view html) { out_.html += html; }
  void put_text(std::string_view text) { out_.html += html_escaped(text); }

  /// Headings go down one level at a time, whatever the text does: readers who jump from one to the next
  /// miss none.
  void next_heading(cmark_node* node) {
    const auto level = static_cast<std::uint32_t>(cmark_node_get_heading_level(node));
    heading_ = std::min({place_.heading + level - 1, heading_ + 1, 6U});
  }
  [[nodiscard]] std::string heading_tag() const { return "h" + std::to_string(heading_); }

  void heading(cmark_node* node) {
    next_heading(node);
    put("<" + heading_tag());
    if (place_.anchors) {
      const std::string title = letters(node);
      std::string anchor = "h-" + anchor_text(title);
      if (const std::size_t times = ++anchors_[anchor]; times > 1) anchor += "-" + std::to_string(times);
      put(" id=\"" + html_escaped(anchor) + "\"");
      out_.headings.push_back(
          {anchor, title, static_cast<std::uint32_t>(cmark_node_get_heading_level(node))});
    }
    put(">");
  }

  /// Where a link may lead: away, to a page of the space, or to a heading of the text itself.
  [[nodiscard]] std::string address(std::string_view url) const {
    if (safe_url(url)) return std::string(url);
    if (url.starts_with('#') && place_.anchors) return "#h-" + anchor_text(url.substr(1));
    const bool page = !place_.space.empty() && !url.empty() && url.size() <= 200 &&
                      url.find_first_of(":?#\\<>\"") == std::string_view::npos && !url.starts_with('/') &&
                      !url.starts_with('.');
    if (!page) return {};
    return place_.base + "/w/" + url_part(place_.space) + "/" + url_part(url, true);
  }

  void link_begins(cmark_node* node, bool image) {
    const std::string_view url = text_in(cmark_node_get_url(node));
    const std::string leads = in_link_ > 0 ? std::string() : address(url);
    ++in_link_;
    links_.push_back(!leads.empty());
    if (leads.empty()) return;
    const bool away = safe_url(url);
    put("<a href=\"" + html_escaped(leads) + "\"");
    put(away ? " class=\"outside\" rel=\"noopener noreferrer nofollow\">" : " class=\"page-link\">");
    if (letters(node).empty()) put_text(image || away ? url : "…");
  }

  /// Where a link leads stands beside it, unless its words say so themselves.
  void link_ends(cmark_node* node) {
    const bool linked = links_.back();
    links_.pop_back();
    --in_link_;
    if (linked) put("</a>");
    const std::string_view url = text_in(cmark_node_get_url(node));
    if (in_link_ > 0 || (linked && !safe_url(url))) return;
    std::string where = host_of(url);
    if (where.empty() && safe_url(url)) where = url.substr(7, url.find('?') - 7);  // behind "mailto:"
    if (where.empty()) where = url.substr(0, 100);
    const std::string label = letters(node);
    const bool said = linked && (label.empty() || (label.find(where) != std::string::npos &&
                                                   url.find(label) != std::string_view::npos));
    if (where.empty() || said) return;
    put(" <span class=\"md-host\">(");
    put_text(whole_letters(where, 100));
    put(")</span>");
  }

  void code_block(cmark_node* node) {
    put("<pre tabindex=\"0\"><code>");
    put_text(text_in(cmark_node_get_literal(node)));
    put("</code></pre>\n");
  }

  void table_cell(cmark_node* node, bool begins) {
    cmark_node* const row = cmark_node_parent(node);
    const bool header = row != nullptr && cmark_gfm_extensions_get_table_row_is_header(row) != 0;
    if (!begins) return put(header ? "</th>" : "</td>");
    put(header ? "<th scope=\"col\">" : "<td>");
  }

  void table_row(cmark_node* node, bool begins) {
    const bool header = cmark_gfm_extensions_get_table_row_is_header(node) != 0;
    if (begins) {
      if (header) put("<thead>");
      if (!header && !in_body_) {
        put("<tbody>");
        in_body_ = true;
      }
      return put("<tr>");
    }
    put(header ? "</tr></thead>\n" : "</tr>\n");
  }

  void extension(cmark_node* node, bool begins) {
    if (is(node, "strikethrough")) return put(begins ? "<del>" : "</del>");
    if (is(node, "table_cell")) return table_cell(node, begins);
    if (is(node, "table_row") || is(node, "table_header")) return table_row(node, begins);
    if (is(node, "table")) {
      if (begins) {
        in_body_ = false;
        return put("<div class=\"md-table\" tabindex=\"0\"><table>\n");
      }
      if (in_body_) put("</tbody>");
      in_body_ = false;
      return put("</table></div>\n");
    }
    if (is(node, "tasklist")) {
      if (!begins) return put("</li>\n");
      const bool done = cmark_gfm_extensions_get_tasklist_item_checked(node);
      put(done ? "<li class=\"md-task md-done\"><span class=\"md-box\" aria-hidden=\"true\">☑</span> "
               : "<li class=\"md-task\"><span class=\"md-box\" aria-hidden=\"true\">☐</span> ");
    }
  }

  bool tight(cmark_node* paragraph) const {
    cmark_node* const item = cmark_node_parent(paragraph);
    cmark_node* const list = item == nullptr ? nullptr : cmark_node_parent(item);
    return list != nullptr && cmark_node_get_type(list) == CMARK_NODE_LIST &&
           cmark_node_get_list_tight(list) != 0;
  }

  void list(cmark_node* node, bool begins) {
    const bool ordered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST;
    if (!begins) return put(ordered ? "</ol>\n" : "</ul>\n");
    if (!ordered) return put("<ul>\n");
    const int start = cmark_node_get_list_start(node);
    put(start == 1 ? "<ol>\n" : "<ol start=\"" + std::to_string(start) + "\">\n");
  }

  void enter(cmark_node* node) {
    switch (cmark_node_get_type(node)) {
      case CMARK_NODE_DOCUMENT:
        return;
      case CMARK_NODE_BLOCK_QUOTE:
        if (++depth_ <= kMostDepth) put("<blockquote>\n");
        return;
      case CMARK_NODE_LIST:
        if (++depth_ <= kMostDepth) list(node, true);
        return;
      case CMARK_NODE_ITEM:
        // A task is an item too, and only its name tells.
        if (depth_ > kMostDepth) return;
        if (is(node, "tasklist")) return extension(node, true);
        return put("<li>");
      case CMARK_NODE_CODE_BLOCK:
      case CMARK_NODE_HTML_BLOCK:
        return code_block(node);
      case CMARK_NODE_PARAGRAPH:
        if (!tight(node)) put("<p>");
        return;
      case CMARK_NODE_HEADING:
        return heading(node);
      case CMARK_NODE_THEMATIC_BREAK:
        return put("<hr>\n");
      case CMARK_NODE_TEXT:
        if (in_link_ > 0) return put_text(text_in(cmark_node_get_literal(node)));
        return put(with_names(text_in(cmark_node_get_literal(node)), place_));
      case CMARK_NODE_SOFTBREAK:
        return put("\n");
      case CMARK_NODE_LINEBREAK:
        return put("<br>\n");
      case CMARK_NODE_CODE:
      case CMARK_NODE_HTML_INLINE:
        put("<code>");
        put_text(text_in(cmark_node_get_literal(node)));
        return put("</code>");
      case CMARK_NODE_EMPH:
        return put("<em>");
      case CMARK_NODE_STRONG:
        return put("<strong>");
      case CMARK_NODE_LINK:
      case CMARK_NODE_IMAGE:
        return link_begins(node, cmark_node_get_type(node) == CMARK_NODE_IMAGE);
      default:
        return extension(node, true);
    }
  }

  void leave(cmark_node* node) {
    switch (cmark_node_get_type(node)) {
      case CMARK_NODE_BLOCK_QUOTE:
        if (depth_-- <= kMostDepth) put("</blockquote>\n");
        return;
      case CMARK_NODE_LIST:
        if (depth_-- <= kMostDepth) list(node, false);
        return;
      case CMARK_NODE_ITEM:
        if (depth_ <= kMostDepth) put("</li>\n");
        return;
      case CMARK_NODE_PARAGRAPH:
        put(tight(node) ? "\n" : "</p>\n");
        return;
      case CMARK_NODE_HEADING:
        return put("</" + heading_tag() + ">\n");
      case CMARK_NODE_EMPH:
        return put("</em>");
      case CMARK_NODE_STRONG:
        return put("</strong>");
      case CMARK_NODE_LINK:
      case CMARK_NODE_IMAGE:
        return link_ends(node);
      case CMARK_NODE_DOCUMENT:
        return;
      default:
        return extension(node, false);
    }
  }

  const MarkdownPlace& place_;
  Markdown& out_;
  std::uint32_t heading_;  ///< level of the newest heading
  std::map<std::string, std::size_t> anchors_{};
  std::vector<bool> links_{};
  int in_link_ = 0;
  int depth_ = 0;
  bool in_body_ = false;
};

}  // namespace

Markdown markdown(std::string_view text, const MarkdownPlace& place) {
  Markdown out;
  const community::CommonMark tree = community::parse_commonmark(text);
  Writer(place, out).write(tree.get());
  return out;
}

std::string plain_beginning(std::string_view text, std::size_t most) {
  // What is shown is short; there is no need to read a whole book for it.
  std::string out = community::plain_text(whole_letters(text, most * 8));
  if (out.size() <= most) return out;
  const std::size_t end = whole_letters(out, most).size();
  const std::size_t word = out.rfind(' ', end);
  out.resize(word != std::string::npos && word + 20 > end ? word : end);
  while (out.ends_with(' '))
    out.pop_back();
  return out + "…";
}

}  // namespace comity::web
