// SPDX-License-Identifier: EUPL-1.2
#include "node/web/pages/confirm.h"

#include <algorithm>

#include "node/web/look/markdown.h"

namespace comity::web {
namespace {

namespace json = boost::json;

// Whoever may have a text of one of these may have it of every one before.
constexpr std::string_view kWidestFirst[] = {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"};

json::array fields_of(const Visit& visit) {
  json::array out;
  for (const auto& [name, value] : visit.form.rows()) {
    if (name == "csrf" || name == "once" || name == "sure") continue;
    out.push_back(json::object{{"name", name}, {"value", with_plain_line_ends(value)}});
  }
  return out;
}

}  // namespace

bool is_sure(const Visit& visit) {
  return visit.field("sure").value_or("") == "1";
}

std::string usual_label(const SeenSpace& space) {
  return space.kind == "inside" && space.ceiling.empty() ? "AMBER+STRICT" : space.ceiling;
}

std::optional<std::string> wider_label(const Lens& lens, const SeenSpace& space, std::string_view usual,
                                       std::string_view label) {
  const auto* const now = std::find(std::begin(kWidestFirst), std::end(kWidestFirst), label);
  const auto* const before = std::find(std::begin(kWidestFirst), std::end(kWidestFirst), usual);
  if (now == std::end(kWidestFirst) || before == std::end(kWidestFirst) || now >= before) return std::nullopt;
  const bool inside = space.kind == "inside";
  return lens.words->say("confirm.label", {label, text_in(label_view(lens, label, inside), "meaning"), usual,
                                           text_in(label_view(lens, usual, inside), "meaning")});
}

http::Task<http::Response> ask_first(Shared visit, std::shared_ptr<Lens> lens, Question question) {
  json::object view = co_await begin_view(visit, "confirm", question.title);
  const json::array fields = fields_of(*visit);
  Make make = [view, lens, question, fields]() mutable {
    view["title"] = question.title;
    json::array points;
    for (const std::string& point : question.points)
      points.push_back(json::value(point));
    view["points"] = std::move(points);
    view["reach"] = reach_view(*lens, question.space);
    if (!question.text.empty())
      view["body"] = markdown(question.text, {.base = lens->base, .space = question.space.slug}).html;
    view["action"] = lens->to(question.action);
    view["fields"] = fields;
    view["send_words"] = question.send_words;
    view["back_href"] = lens->to(question.back);
    return view;
  };
  http::Response out = co_await show(visit, "confirm", std::move(make));
  co_return out;
}

}  // namespace comity::web
