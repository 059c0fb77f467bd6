// SPDX-License-Identifier: EUPL-1.2
#include "node/community/wiki/hunks.h"

#include <algorithm>
#include <charconv>
#include <string>

#include <git2.h>

namespace comity::community::wiki {
namespace {

// libgit2 counts its users; once is enough for the life of the process.
bool ready() {
  static const bool started = git_libgit2_init() >= 0;
  return started;
}

std::string as_lines(std::span<const Token> tokens) {
  std::string out;
  out.reserve(tokens.size() * 5);
  char digits[16];
  for (const Token token : tokens) {
    const auto end = std::to_chars(std::begin(digits), std::end(digits), token).ptr;
    out.append(digits, end);
    out.push_back('\n');
  }
  return out;
}

int add_hunk(const git_diff_delta* /*delta*/, const git_diff_hunk* hunk, void* payload) {
  auto& out = *static_cast<std::vector<Hunk>*>(payload);
  // Lines count from 1; an empty side names the line before it.
  const auto begin = [](int start, int count) {
    return static_cast<std::size_t>(count == 0 ? start : start - 1);
  };
  const std::size_t from = begin(hunk->old_start, hunk->old_lines);
  const std::size_t to = begin(hunk->new_start, hunk->new_lines);
  out.push_back({from, from + static_cast<std::size_t>(hunk->old_lines), to,
                 to + static_cast<std::size_t>(hunk->new_lines)});
  return 0;
}

}  // namespace

proto::Result<std::vector<Hunk>> hunks(std::span<const Token> before, std::span<const Token> after) {
  std::vector<Hunk> out;
  if (std::equal(before.begin(), before.end(), after.begin(), after.end())) return out;
  if (before.empty() || after.empty()) {
    out.push_back({0, before.size(), 0, after.size()});
    return out;
  }
  git_diff_options options;
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.flags = GIT_DIFF_FORCE_TEXT;
  options.context_lines = 0;
  options.interhunk_lines = 0;
  const std::string one = as_lines(before);
  const std::string two = as_lines(after);
  const int done = !ready() ? -1
                            : git_diff_buffers(one.data(), one.size(), nullptr, two.data(), two.size(),
                                               nullptr, &options, nullptr, nullptr, add_hunk, nullptr, &out);
  if (done != 0) return proto::Error{proto::Code::kFileUnusable, "the comparison of two texts"};
  return out;
}

}  // namespace comity::community::wiki
