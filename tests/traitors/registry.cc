#include "tests/traitors/registry.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace quorate::traitors {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// Cuts `text` at the first `mark`; what is before it, and `text` becomes what is after it.
std::string_view cut(std::string_view& text, char mark) {
  const std::size_t at = std::min(text.find(mark), text.size());
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return head;
}

bool set(Activation& activation, std::string_view condition) {
  const std::string_view name = cut(condition, ':');
  const auto value = number(condition);
  if (!value) return false;
  if (name == "view") {
    activation.from_view = View(*value);
  } else if (name == "above") {
    activation.above = SequenceNumber(*value);
  } else if (name == "permille") {
    activation.permille = *value;
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string numbered(const Kind& kind) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "T%02u", kind.number);
  return text.data();
}

const std::vector<Kind>& all_kinds() {
  static const std::vector<Kind> all = [] {
    std::vector<Kind> kinds;
    for (const auto& list : {as_primary(), as_backup(), floods(), in_view_change(), as_new_primary(), checkpoints(),
                             clients(), whole_node(), twins()}) {
      kinds.insert(kinds.end(), list.begin(), list.end());
    }
    std::sort(kinds.begin(), kinds.end(), [](const Kind& a, const Kind& b) { return a.number < b.number; });
    return kinds;
  }();
  return all;
}

const Kind* find_kind(const std::string& name) {
  const auto found = std::find_if(all_kinds().begin(), all_kinds().end(),
                                  [&](const Kind& kind) { return name == kind.name || name == numbered(kind); });
  return found == all_kinds().end() ? nullptr : &*found;
}

tl::expected<std::vector<Posting>, std::string> parse_postings(const std::string& text) {
  std::vector<Posting> postings;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view one = cut(rest, ',');
    const std::string whole(one);
    const auto replica = number(cut(one, '='));
    const std::string name(cut(one, '@'));
    Posting posting{ReplicaId(static_cast<std::uint32_t>(replica.value_or(0))), find_kind(name), {}};
    if (!replica) return tl::unexpected("'" + whole + "': expected REPLICA=TRAITOR, for instance 2=T01");
    if (posting.kind == nullptr) return tl::unexpected("there is no traitor '" + name + "'");
    while (!one.empty()) {
      const std::string condition(cut(one, '@'));
      if (!set(posting.activation, condition)) {
        return tl::unexpected("'" + condition + "': expected view:V, above:N or permille:P");
      }
    }
    postings.push_back(posting);
  }
  return postings;
}

std::string to_string(const Posting& posting) {
  const Activation& when = posting.activation;
  std::string text = std::to_string(posting.replica.value) + "=" + numbered(*posting.kind);
  if (when.from_view.value != 0) text += "@view:" + std::to_string(when.from_view.value);
  if (when.above.value != 0) text += "@above:" + std::to_string(when.above.value);
  if (when.permille != 1000) text += "@permille:" + std::to_string(when.permille);
  return text;
}

}  // namespace quorate::traitors
