// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace comity::crypto::noise {

/// The most bytes of one Noise message, handshake or transport (Noise specification, section 3).
inline constexpr std::size_t kMaxMessageBytes = 65535;

/// One step of a handshake message (Noise specification, section 7.1).
enum class Token : std::uint8_t { kE, kS, kEe, kEs, kSe, kSs, kPsk };

/// A short list whose place is inside the object, so that patterns are constants.
template <class T, std::size_t Capacity>
class ShortList {
 public:
  constexpr ShortList() = default;
  constexpr ShortList(std::initializer_list<T> items) {
    for (const T& item : items)
      push_back(item);
  }
  /// Throws std::out_of_range when the list is full.
  constexpr void push_back(const T& item) { items_.at(size_++) = item; }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  [[nodiscard]] constexpr const T& operator[](std::size_t i) const { return items_.at(i); }
  [[nodiscard]] constexpr const T* begin() const noexcept { return items_.data(); }
  [[nodiscard]] constexpr const T* end() const noexcept { return items_.data() + size_; }

 private:
  std::array<T, Capacity> items_{};
  std::size_t size_ = 0;
};

using MessagePattern = ShortList<Token, 6>;

/// A handshake pattern: who knows whose static key beforehand, and the tokens of each message. Messages
/// alternate and the initiator writes the first.
struct Pattern {
  std::string_view name;  ///< as it stands in the protocol name, for example "XKpsk3"
  bool initiator_known;   ///< pre-message "-> s": the responder holds the initiator's static
  bool responder_known;   ///< pre-message "<- s": the initiator holds the responder's static
  ShortList<MessagePattern, 4> messages;

  /// Whether any message mixes a pre-shared key.
  [[nodiscard]] constexpr bool has_psk() const noexcept {
    return contains(Token::kPsk, 0) || contains(Token::kPsk, 1);
  }
  /// Whether a message of the initiator (parity 0) or of the responder (parity 1) holds `token`.
  [[nodiscard]] constexpr bool contains(Token token, std::size_t parity) const noexcept {
    for (std::size_t i = parity; i < messages.size(); i += 2) {
      for (const Token each : messages[i]) {
        if (each == token) return true;
      }
    }
    return false;
  }
};

/// Pairing and every session: the responder stays silent towards whoever does not know its static key, and
/// the initiator shows its own only under encryption, before the pre-shared key is mixed.
inline constexpr Pattern kXKpsk3{
    "XKpsk3",
    false,
    true,
    {{Token::kE, Token::kEs}, {Token::kE, Token::kEe}, {Token::kS, Token::kSe, Token::kPsk}}};

/// The same without a pre-shared key.
inline constexpr Pattern kXK{
    "XK", false, true, {{Token::kE, Token::kEs}, {Token::kE, Token::kEe}, {Token::kS, Token::kSe}}};

/// Both sides send their static keys.
inline constexpr Pattern kXX{
    "XX",
    false,
    false,
    {{Token::kE}, {Token::kE, Token::kEe, Token::kS, Token::kEs}, {Token::kS, Token::kSe}}};

/// One round trip; the initiator sends its static key in the first message.
inline constexpr Pattern kIK{
    "IK", false, true, {{Token::kE, Token::kEs, Token::kS, Token::kSs}, {Token::kE, Token::kEe, Token::kSe}}};

}  // namespace comity::crypto::noise
