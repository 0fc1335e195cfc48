// The words of a data command's line as bytes, and its keys in messages.
#pragma once

#include <string>
#include <vector>

#include "client/command/commands.h"
#include "messages/operation.h"

namespace quorate::command {

/// The bytes of one word; `what` names it in the error ("KEY", "--prefix").
Result<std::string> read_word(Encoding encoding, const std::string& what, const std::string& word);
Result<std::vector<std::string>> read_words(Encoding encoding, const std::string& what,
                                            const std::vector<std::string>& words);
/// N:INDEX.
std::string text_of(const Version& version);
/// Prints that a key is not there.
Status fail_absent(const Target& target, const std::string& key);

}  // namespace quorate::command
