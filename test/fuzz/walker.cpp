// SPDX-License-Identifier: EUPL-1.2
// The strict walker before libprotobuf: whatever it accepts parses, and comes back byte for byte.
// Input: one byte that chooses the message type, then the message.
#include "proto/walker.h"

#include <google/protobuf/message.h>

#include "comity/v1/audit.pb.h"
#include "comity/v1/content.pb.h"
#include "comity/v1/entry.pb.h"
#include "comity/v1/identity.pb.h"
#include "comity/v1/peering.pb.h"
#include "comity/v1/session.pb.h"

#include "proto/bounds.h"
#include "proto/decode.h"
#include "test/fuzz/target.h"

namespace {

using comity::proto::ByteView;

template <class M>
void check(ByteView bytes) {
  const auto message = comity::proto::decode<M>(bytes, comity::proto::bounds::kMessageBytes);
  if (!message.ok()) {
    const auto code = message.error().code;
    comity::fuzz::require(code != comity::proto::Code::kParserRefused,
                          "libprotobuf parses what the walker accepts");
    comity::fuzz::require(code != comity::proto::Code::kUnknown, "a refusal has a code");
    comity::fuzz::require(to_string(message.error()).size() < 1024, "a refusal is short");
    return;
  }
  comity::fuzz::require(comity::proto::encode(*message) == comity::proto::to_bytes(bytes),
                        "an accepted message has one encoding");
}

using Check = void (*)(ByteView);

// Every message that arrives as a whole. Add at the end only: the place is the first byte of the corpus
// files.
constexpr Check kChecks[] = {
    check<comity::v1::Wire>,
    check<comity::v1::EntryHeader>,
    check<comity::v1::Entry>,
    check<comity::v1::KeyDoc>,
    check<comity::v1::SignedKeyDoc>,
    check<comity::v1::EncKeys>,
    check<comity::v1::Endpoints>,
    check<comity::v1::HeadStatement>,
    check<comity::v1::FeedOpen>,
    check<comity::v1::FeedClose>,
    check<comity::v1::SpaceGenesis>,
    check<comity::v1::SpaceManifest>,
    check<comity::v1::Audience>,
    check<comity::v1::KeyGrant>,
    check<comity::v1::Withdraw>,
    check<comity::v1::WithdrawReceipt>,
    check<comity::v1::ForkProof>,
    check<comity::v1::LocalAudit>,
    check<comity::v1::AgreementTerms>,
    check<comity::v1::Agreement>,
    check<comity::v1::SignedAgreement>,
    check<comity::v1::Invite>,
    check<comity::v1::SignedInvite>,
    check<comity::v1::Content>,
    check<comity::v1::Post>,
    check<comity::v1::Reply>,
    check<comity::v1::Edit>,
    check<comity::v1::Reaction>,
    check<comity::v1::Accept>,
    check<comity::v1::WikiEdit>,
    check<comity::v1::Stamp>,
    check<comity::v1::Update>,
    check<comity::v1::ProfileCard>,
    check<comity::v1::SpaceCard>,
    check<comity::v1::Withdrawal>,
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  kChecks[data[0] % std::size(kChecks)](comity::fuzz::view(data + 1, size - 1));
  return 0;
}
