// libsodium picks its fastest code once, at its start; before that it computes the same, slower.
#pragma once

namespace quorate {

/// Before the first use of libsodium in each file's entry points. Any thread, any number of times.
void start_libsodium();

}  // namespace quorate
