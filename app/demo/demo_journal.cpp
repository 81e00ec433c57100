#include "app/demo/demo_journal.h"

#include <algorithm>

namespace app::demo {
using engine::Result;

namespace {

constexpr std::size_t kProblemsShown = 5;

std::string say(const DocumentKey& key) { return key.first + " " + std::to_string(key.second); }

Result<std::map<DocumentKey, SampleDocument>> read_documents(SqlSession& sql) {
  auto list = sample_documents(sql);
  if (!list) return list.take_error();
  std::map<DocumentKey, SampleDocument> documents;
  for (auto& document : *list) documents.insert_or_assign(DocumentKey{document.type, document.id}, std::move(document));
  return documents;
}

bool fits(const Expected& expected, const Received& received) {
  return std::find(expected.actions.begin(), expected.actions.end(), received.action) != expected.actions.end() &&
         (!received.title || *received.title == expected.title) && (!received.status || *received.status == expected.status);
}

/// The first request of every event, by resource, in the order of arrival.
std::map<DocumentKey, std::vector<const Received*>> first_requests(const DemoRecord& record, DeliveryVerdict& verdict,
                                                                   std::set<std::string>& accepted) {
  std::map<DocumentKey, std::vector<const Received*>> firsts;
  std::set<std::string> seen;
  std::size_t unverified = 0;
  for (const auto& received : record.all()) {
    unverified += received.verified ? 0 : 1;
    if (received.accepted()) accepted.insert(received.event_id);
    if (seen.insert(received.event_id).second) {
      firsts[{received.type, received.id}].push_back(&received);
    } else {
      ++verdict.repeats;
    }
  }
  verdict.events = seen.size();
  verdict.accepted = accepted.size();
  if (unverified) verdict.problems.push_back(std::to_string(unverified) + " requests without a valid signature");
  if (record.broken()) verdict.problems.push_back(std::to_string(record.broken()) + " requests without a readable payload");
  return firsts;
}

/// One resource: the events in their order of arrival must be the expected ones, one by one.
void compare(const DocumentKey& key, const std::vector<const Expected*>& wanted, const std::vector<const Received*>& got,
             const std::set<std::string>& accepted, DeliveryVerdict& verdict) {
  std::string problem;
  for (std::size_t i = 0; i < std::max(wanted.size(), got.size()); ++i) {
    if (i < got.size() && i < wanted.size()) {
      verdict.lag_ms.push_back(std::max<std::int64_t>(0, got[i]->at_ms - wanted[i]->at_ms));
      if (!accepted.contains(got[i]->event_id)) ++verdict.missing;
      if (problem.empty() && !fits(*wanted[i], *got[i])) {
        problem = "event " + std::to_string(i + 1) + " is " + got[i]->action + " '" + got[i]->title.value_or("") + "' " +
                  got[i]->status.value_or("") + ", expected " + wanted[i]->actions.front() + " '" + wanted[i]->title + "' " +
                  wanted[i]->status;
      }
    } else if (i < wanted.size()) {
      ++verdict.missing;
      if (problem.empty()) {
        problem = "event " + std::to_string(i + 1) + ", " + wanted[i]->actions.front() + " '" + wanted[i]->title + "', did not come";
      }
    } else if (problem.empty()) {
      problem = "an event that nothing explains: " + got[i]->action + " '" + got[i]->title.value_or("") + "' (" + got[i]->event_id + ")";
    }
  }
  if (!problem.empty()) verdict.problems.push_back(say(key) + ": " + problem);
}

}  // namespace

Result<void> DemoJournal::begin(SqlSession& sql) {
  auto documents = read_documents(sql);
  if (!documents) return documents.take_error();
  documents_ = std::move(*documents);
  return engine::ok();
}

void DemoJournal::note(const DocumentKey& key, const SampleDocument* before, const SampleDocument* after,
                       std::map<DocumentKey, Expected>& step) {
  if (before && after && before->body == after->body) return;
  if ((before && before->in_feed) || (after && after->in_feed)) touched_.insert(key);
  if (key.first == "variant") {  // told as its product, unless that has its own event
    for (const auto* document : {before, after}) {
      if (document && document->told_as)
        step.try_emplace({"product", document->told_as}, Expected{{"product", document->told_as}, {"updated"}, {}, {}, 0});
    }
    return;
  }
  auto actions = !after   ? std::vector<std::string>{"deleted"}
                 : before ? std::vector<std::string>{"updated"}
                          : std::vector<std::string>{"created", "updated"};
  step.insert_or_assign(key, Expected{key, std::move(actions), {}, {}, 0});
}

Result<std::size_t> DemoJournal::observe(SqlSession& sql, std::int64_t now_ms) {
  auto found = read_documents(sql);
  if (!found) return found.take_error();
  std::map<DocumentKey, Expected> step;
  std::set<DocumentKey> keys;
  for (const auto* side : {&documents_, &*found}) {
    for (const auto& [key, document] : *side) keys.insert(key);
  }
  for (const auto& key : keys) {
    const auto before = documents_.find(key);
    const auto after = found->find(key);
    note(key, before == documents_.end() ? nullptr : &before->second, after == found->end() ? nullptr : &after->second, step);
  }
  documents_ = std::move(*found);
  const auto already = expected_.size();
  for (auto& [key, expected] : step) {
    if (const auto document = documents_.find(key); document != documents_.end()) {
      expected.title = document->second.title;
      expected.status = document->second.status;
    } else if (expected.actions.front() != "deleted") {
      continue;  // a variant of a product that is in the trash: nobody to tell it as
    }
    expected.at_ms = now_ms;
    expected_.push_back(std::move(expected));
  }
  return expected_.size() - already;
}

DeliveryVerdict judge(const DemoJournal& journal, const DemoRecord& record) {
  DeliveryVerdict verdict;
  std::set<std::string> accepted;
  auto got = first_requests(record, verdict, accepted);
  std::map<DocumentKey, std::vector<const Expected*>> wanted;
  for (const auto& expected : journal.expected()) wanted[expected.key].push_back(&expected);
  for (const auto& [key, list] : wanted) compare(key, list, got[key], accepted, verdict);
  for (const auto& [key, list] : got) {
    if (!wanted.contains(key)) compare(key, {}, list, accepted, verdict);
  }
  if (verdict.problems.size() > kProblemsShown) {
    verdict.problems[kProblemsShown] = "and " + std::to_string(verdict.problems.size() - kProblemsShown) + " more";
    verdict.problems.resize(kProblemsShown + 1);
  }
  std::sort(verdict.lag_ms.begin(), verdict.lag_ms.end());
  return verdict;
}

}  // namespace app::demo
