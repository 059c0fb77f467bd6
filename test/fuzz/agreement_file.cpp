// SPDX-License-Identifier: EUPL-1.2
// A file with the terms of an agreement: it gives terms that survive being written and signed, or an error.
#include "node/federation/peering/terms.h"
#include "test/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using comity::fuzz::require;
  namespace federation = comity::federation;

  const auto terms = federation::read_agreement_file(comity::proto::as_text(comity::fuzz::view(data, size)));
  if (!terms.ok()) {
    require(to_string(terms.error()).size() < 1024, "a refusal is short");
    return 0;
  }
  const auto again = federation::read_agreement_file(federation::write_agreement_file(*terms));
  require(again.ok() && *again == *terms, "written terms are read as they were");
  const auto bytes = federation::encode_terms(*terms);
  require(bytes.ok(), "terms that were read can be signed");
  const auto decoded = federation::decode_terms(*bytes);
  require(decoded.ok() && *decoded == *terms, "signed terms are read as they were");
  require(federation::narrows(*terms, *terms), "terms narrow themselves");
  require(federation::narrows(*terms, federation::meet(*terms, federation::turned(*terms))),
          "a meet narrows");
  return 0;
}
