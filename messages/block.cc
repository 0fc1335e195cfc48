#include "messages/block.h"

namespace quorate {

Digest Block::digest() const {
  return Hasher("block").digest(previous).u64(n.value).digest(batch).digest(reply_root).u64(agreed_time.value).finish();
}

}  // namespace quorate
