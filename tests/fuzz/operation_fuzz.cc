// Operations and results: what decodes is the one encoding of what was decoded, and operations run over any state.
#include "crypto/check.h"
#include "messages/operation_result.h"
#include "replica/service/key_value.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quorate;
  const Bytes input(data, data + size);
  const auto operation = decode_operation(input);
  if (operation) check(encode_operation(*operation).value() == input, "an operation has one encoding");
  if (const auto result = decode_result(input)) check(encode_result(*result) == input, "a result has one encoding");

  MemoryMap map;
  const auto put = [&map](std::string_view key, std::string_view value) {
    execute_operation(map, {SequenceNumber(1), 0}, encode_operation(Put{as_bytes(key), as_bytes(value)}).value());
  };
  put("key", "value");
  put("a", "9223372036854775807");
  const OperationOutcome outcome = execute_operation(map, {SequenceNumber(2), 0}, input);
  check((outcome.status == OperationStatus::malformed) == !operation, "exactly what does not decode is malformed");
  check(decode_result(outcome.result).has_value() == operation.has_value(), "what is executed has a result");
  return 0;
}
