// SPDX-License-Identifier: EUPL-1.2
#include "node/community/wiki/merge.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "node/community/wiki/chunks.h"

namespace comity::community::wiki {
namespace {

using proto::EntryId;
using proto::Result;

// Words of one stretch on one side; above this its lines alone are compared.
constexpr std::size_t kMostWords = 20'000;

/// A line, or a conflict that stands as a whole.
struct Piece {
  std::string_view line;
  const Block* conflict = nullptr;
};

std::vector<Piece> pieces_of(const Merged& text) {
  std::vector<Piece> out;
  for (const Block& block : text.blocks) {
    if (block.conflict()) {
      out.push_back({{}, &block});
    } else {
      for (const std::string_view line : split_lines(block.text))
        out.push_back({line, nullptr});
    }
  }
  return out;
}

/// Gives equal texts equal numbers.
class Numbers {
 public:
  std::vector<Token> of(const std::vector<std::string_view>& parts) {
    std::vector<Token> out;
    out.reserve(parts.size());
    for (const std::string_view part : parts)
      out.push_back(of(part));
    return out;
  }
  Token of(std::string_view part) {
    const auto [at, added] = known_.try_emplace(part, last_ + 1);
    if (added) ++last_;
    return at->second;
  }
  /// Of what is equal to nothing else.
  Token fresh() { return ++last_; }

 private:
  std::unordered_map<std::string_view, Token> known_;
  Token last_ = 0;
};

template <class Part>
std::span<const Part> part(const std::vector<Part>& all, std::size_t begin, std::size_t end) {
  return std::span(all).subspan(begin, end - begin);
}

std::string joined(std::span<const std::string_view> parts) {
  std::string out;
  for (const std::string_view each : parts)
    out += each;
  return out;
}

std::string joined(std::span<const Piece> pieces) {
  std::string out;
  for (const Piece& piece : pieces)
    out += piece.line;
  return out;
}

/// Word by word; nothing where that does not help.
Result<std::optional<std::string>> merge_words(std::string_view base, std::string_view ours,
                                               std::string_view theirs) {
  const auto base_words = split_words(base);
  const auto our_words = split_words(ours);
  const auto their_words = split_words(theirs);
  std::optional<std::string> nothing;
  if (std::max({base_words.size(), our_words.size(), their_words.size()}) > kMostWords) return nothing;
  Numbers numbers;
  const auto base_tokens = numbers.of(base_words);
  const auto our_tokens = numbers.of(our_words);
  const auto their_tokens = numbers.of(their_words);
  COMITY_TRY(const auto our_hunks, hunks(base_tokens, our_tokens));
  COMITY_TRY(const auto their_hunks, hunks(base_tokens, their_tokens));
  std::string out;
  for (const Chunk& chunk : chunks(base_words.size(), our_hunks, their_hunks)) {
    const auto mine = part(our_words, chunk.our_begin, chunk.our_end);
    const auto other = part(their_words, chunk.their_begin, chunk.their_end);
    if (chunk.kind == Chunk::Kind::kBoth && !std::equal(mine.begin(), mine.end(), other.begin(), other.end()))
      return nothing;
    out += joined(chunk.kind == Chunk::Kind::kTheirs ? other : mine);
  }
  return std::optional(std::move(out));
}

class Folding {
 public:
  Folding(std::vector<EntryId> earlier, const EntryId& head) : head_(head) {
    out_.heads = std::move(earlier);
    earlier_ = out_.heads;
    out_.heads.push_back(head);
  }

  void text(std::string_view text) {
    if (text.empty()) return;
    if (out_.blocks.empty() || out_.blocks.back().conflict()) out_.blocks.emplace_back();
    out_.blocks.back().text += text;
  }
  void pieces(std::span<const Piece> pieces) {
    for (const Piece& piece : pieces) {
      if (piece.conflict != nullptr) {
        out_.blocks.push_back(*piece.conflict);
      } else {
        text(piece.line);
      }
    }
  }
  /// What both changed differently: the sides that we had, and theirs.
  void conflict(std::span<const Piece> ours, std::string theirs) {
    Block block;
    for (const EntryId& head : earlier_)
      add_side(block, head, version_of(ours, head));
    add_side(block, head_, std::move(theirs));
    // Every head says the same after all.
    if (block.sides.size() == 1) {
      text(block.sides.front().text);
    } else {
      out_.blocks.push_back(std::move(block));
    }
  }
  Merged done() { return std::move(out_); }

 private:
  /// The lines as that head has them: a conflict among them is read with its side.
  static std::string version_of(std::span<const Piece> ours, const EntryId& head) {
    std::string out;
    for (const Piece& piece : ours) {
      if (piece.conflict == nullptr) {
        out += piece.line;
        continue;
      }
      const auto& sides = piece.conflict->sides;
      const auto own = std::find_if(sides.begin(), sides.end(), [&](const Side& side) {
        return std::find(side.heads.begin(), side.heads.end(), head) != side.heads.end();
      });
      out += own == sides.end() ? sides.front().text : own->text;
    }
    return out;
  }
  static void add_side(Block& block, const EntryId& head, std::string text) {
    const auto same = std::find_if(block.sides.begin(), block.sides.end(),
                                   [&](const Side& side) { return side.text == text; });
    if (same != block.sides.end()) {
      same->heads.push_back(head);
    } else {
      block.sides.push_back({{head}, std::move(text)});
    }
  }

  const EntryId& head_;
  std::vector<EntryId> earlier_;
  Merged out_;
};

bool has_conflict(std::span<const Piece> pieces) {
  return std::any_of(pieces.begin(), pieces.end(),
                     [](const Piece& piece) { return piece.conflict != nullptr; });
}

}  // namespace

bool Merged::conflict() const noexcept {
  return std::any_of(blocks.begin(), blocks.end(), [](const Block& block) { return block.conflict(); });
}

Merged merged_of(const EntryId& head, std::string text) {
  Merged out;
  if (!text.empty()) out.blocks.push_back({std::move(text), {}});
  out.heads.push_back(head);
  return out;
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
    out.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

std::vector<std::string_view> split_words(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  std::vector<std::string_view> out;
  while (!text.empty()) {
    std::size_t size = 1;
    if (is_letter(text[0])) {
      while (size < text.size() && is_letter(text[size]))
        ++size;
    } else if (is_blank(text[0])) {
      while (size < text.size() && is_blank(text[size]))
        ++size;
    }
    out.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

Result<Merged> fold(std::string_view base, const Merged& ours, const EntryId& head, std::string_view theirs) {
  const std::vector<Piece> our_pieces = pieces_of(ours);
  const auto base_lines = split_lines(base);
  const auto their_lines = split_lines(theirs);
  Folding out(ours.heads, head);
  if (std::max({our_pieces.size(), base_lines.size(), their_lines.size()}) > kMostMergedLines) {
    out.conflict(our_pieces, std::string(theirs));
    return out.done();
  }
  Numbers numbers;
  const auto base_tokens = numbers.of(base_lines);
  const auto their_tokens = numbers.of(their_lines);
  std::vector<Token> our_tokens;
  our_tokens.reserve(our_pieces.size());
  for (const Piece& piece : our_pieces)
    our_tokens.push_back(piece.conflict == nullptr ? numbers.of(piece.line) : numbers.fresh());
  COMITY_TRY(const auto our_hunks, hunks(base_tokens, our_tokens));
  COMITY_TRY(const auto their_hunks, hunks(base_tokens, their_tokens));
  for (const Chunk& chunk : chunks(base_lines.size(), our_hunks, their_hunks)) {
    const auto mine = part(our_pieces, chunk.our_begin, chunk.our_end);
    const auto other = joined(part(their_lines, chunk.their_begin, chunk.their_end));
    if (chunk.kind == Chunk::Kind::kTheirs) {
      out.text(other);
    } else if (chunk.kind != Chunk::Kind::kBoth) {
      out.pieces(mine);
    } else if (has_conflict(mine)) {
      out.conflict(mine, other);
    } else {
      const std::string our_text = joined(mine);
      const std::string base_text = joined(part(base_lines, chunk.base_begin, chunk.base_end));
      std::optional<std::string> both;
      if (our_text == other) {
        both = our_text;
      } else {
        COMITY_TRY(both, merge_words(base_text, our_text, other));
      }
      if (both) {
        out.text(*both);
      } else {
        out.conflict(mine, other);
      }
    }
  }
  return out.done();
}

}  // namespace comity::community::wiki
