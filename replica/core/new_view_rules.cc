#include "replica/core/new_view_rules.h"

#include <algorithm>
#include <map>

#include "messages/batch.h"

namespace quorate {
namespace {

/// For each n the certificate of the highest view; nothing when two of them conflict.
std::optional<std::map<SequenceNumber, PrePrepareHeader>> highest_certificates(
    const std::vector<ViewChangePtr>& view_changes) {
  std::map<SequenceNumber, PrePrepareHeader> highest;
  for (const ViewChangePtr& view_change : view_changes) {
    for (const PreparedCertificate& certificate : view_change->prepared) {
      const PrePrepareHeader& header = certificate.header;
      const auto [held, fresh] = highest.emplace(header.n, header);
      if (fresh) continue;
      if (held->second.view == header.view && held->second.digest != header.digest) return std::nullopt;
      if (held->second.view < header.view) held->second = header;
    }
  }
  return highest;
}

}  // namespace

std::optional<NewViewPlan> derive_new_view(View view, const std::vector<ViewChangePtr>& view_changes) {
  NewViewPlan plan;
  for (const ViewChangePtr& view_change : view_changes) {
    if (view_change->low_watermark <= plan.min_s) continue;
    plan.min_s = view_change->low_watermark;
    plan.stable = view_change->stable;
  }
  const auto certificates = highest_certificates(view_changes);
  if (!certificates) return std::nullopt;
  plan.max_s = plan.min_s;
  if (!certificates->empty()) plan.max_s = std::max(plan.max_s, certificates->rbegin()->first);
  for (SequenceNumber n = plan.min_s + 1; n <= plan.max_s; ++n) {
    const auto certificate = certificates->find(n);
    plan.headers.push_back({view, n, certificate == certificates->end() ? null_digest() : certificate->second.digest});
  }
  return plan;
}

bool follows(const NewView& new_view, const NewViewPlan& plan) {
  return std::equal(new_view.pre_prepares.begin(), new_view.pre_prepares.end(), plan.headers.begin(),
                    plan.headers.end(),
                    [](const SignedHeader& given, const PrePrepareHeader& derived) { return given.header == derived; });
}

}  // namespace quorate
