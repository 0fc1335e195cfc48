#include "messages/messages.h"

namespace quorate {

Digest Leaf::digest() const {
  return Hasher("leaf")
      .u32(client.value)
      .u64(timestamp.value)
      .digest(operation_digest)
      .u64(n.value)
      .u32(index)
      .u8(static_cast<std::uint8_t>(status))
      .prefixed(result)
      .finish();
}

MessageType type_of(const Message& message) {
  // The alternatives stand in the order of their numbers.
  static_assert(std::variant_size_v<Message> == static_cast<std::size_t>(MessageType::rejoin));
  return static_cast<MessageType>(message.index() + 1);
}

}  // namespace quorate
