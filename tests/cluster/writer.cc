#include "tests/cluster/writer.h"

#include <map>

#include "crypto/check.h"
#include "messages/limits.h"
#include "tests/cluster/patience.h"

namespace quorate::cluster_tests {

using Clock = std::chrono::steady_clock;

Writer::Writer(const std::filesystem::path& cluster_file, std::size_t under_way_max) : under_way_max_(under_way_max) {
  const auto cluster = read_cluster_file(cluster_file);
  check(cluster.has_value(), "the cluster file can be read");
  const auto key = take_client_key(cluster_file, *cluster);
  check(key.has_value(), "a client key is free");
  prefix_ = "written/" + std::to_string(key->id.value) + "/";
  client_ = std::make_unique<Client>(context_.get_executor(), *cluster, *key, patient_limits());
}

Writer::~Writer() {
  client_->close();
  context_.restart();
  context_.run_for(std::chrono::milliseconds(10));
}

void Writer::refill() {
  while (under_way_ < under_way_max_) {
    const std::string key = prefix_ + std::to_string(next_++);
    const std::string value = value_of(key);
    ++under_way_;
    async_execute(*client_, encode_operation(Put{as_bytes(key), as_bytes(value)}).value(),
                  [this, key](const Answer& answer) {
                    --under_way_;
                    if (answer.error == ClientError::none) {
                      acknowledged_.insert(key);
                    } else {
                      ++failed_;
                    }
                  });
  }
}

void Writer::write_for(std::chrono::milliseconds duration) {
  write_until([] { return false; }, duration);
}

bool Writer::write_until(const std::function<bool()>& enough, std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  context_.restart();
  while (!enough()) {
    if (Clock::now() >= deadline) return false;
    refill();
    context_.run_one_for(std::chrono::milliseconds(5));
  }
  return true;
}

bool Writer::finish(std::chrono::milliseconds patience) {
  return run_until([this] { return under_way_ == 0; }, patience);
}

bool Writer::run_until(const std::function<bool()>& enough, std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  context_.restart();
  while (!enough()) {
    if (Clock::now() >= deadline) return false;
    context_.run_one_for(std::chrono::milliseconds(5));
  }
  return true;
}

std::optional<std::vector<std::string>> Writer::missing(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  std::map<std::string, std::string> found;
  std::string from = prefix_;
  context_.restart();
  while (!from.empty()) {
    std::optional<Answer> answer;
    const std::string end = prefix_ + ":";  // behind every digit
    async_execute(*client_, encode_operation(Scan{as_bytes(from), as_bytes(end), limits::scan_entries_max}).value(),
                  [&](const Answer& arrived) { answer = arrived; });
    while (!answer) {
      if (Clock::now() >= deadline) {
        client_->close();
        context_.run_for(std::chrono::milliseconds(10));
        return std::nullopt;
      }
      context_.run_one_for(std::chrono::milliseconds(5));
    }
    const auto* page = std::get_if<Page>(&answer->result);
    if (answer->error != ClientError::none || page == nullptr) return std::nullopt;
    for (const Page::Entry& entry : page->entries) {
      found.emplace(as_text(entry.key), as_text(entry.value));
    }
    from = std::string(as_text(page->next));
  }
  std::vector<std::string> missing;
  for (const std::string& key : acknowledged_) {
    const auto entry = found.find(key);
    if (entry == found.end() || entry->second != value_of(key)) missing.push_back(key);
  }
  return missing;
}

}  // namespace quorate::cluster_tests
