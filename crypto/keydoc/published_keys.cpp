// SPDX-License-Identifier: EUPL-1.2
#include "crypto/keydoc/published_keys.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace comity::crypto {
namespace {

constexpr std::array<std::string_view, 15> kKeys{
    // Ed25519: RFC 8032 section 7.1, tests 1, 2, 3, 1024 and SHA(abc)
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
    "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
    // Ed25519: seeds 00…00, ff…ff, 00 01 … 1f
    "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",
    "76a1592044a6e4f511265bca73a604d90b0529d1df602be30a19a9257660d1f5",
    "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
    // X25519: RFC 7748 section 6.1
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    // X25519: cacophony, static keys of initiator and responder
    "6bc3822a2aa7f4e6981d6538692b3cdf3e6df9eea6ed269eb41d93c22757b75a",
    "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62",
    // X25519: private keys 00…00, ff…ff, 00 01 … 1f
    "2fe57da347cd62431528daac5fbb290730fff684afc4cfc2ed90995f58cb3b74",
    "847c0d2c375234f365e660955187a3735a0f7613d1609d3a6a4d8c53aeaa5a22",
    "8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f",
};

}  // namespace

bool is_published(proto::ByteView public_key) noexcept {
  const std::string hex = proto::to_hex(public_key);
  return std::find(kKeys.begin(), kKeys.end(), hex) != kKeys.end();
}

}  // namespace comity::crypto
