#include "delivery/subscription.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>

#include "delivery/told.h"

namespace delivery {
namespace {

using engine::Errc;
using engine::fail;
using engine::Result;

constexpr std::array<std::string_view, 3> kActions{"created", "deleted", "updated"};
constexpr std::size_t kMostPredicates = 16, kMostValues = 64, kLongestField = 128, kLongestValue = 256;

struct Sign {
  std::string_view text;
  Test test;
};
// Longer signs first: "!=" is not "=".
constexpr std::array<Sign, 5> kSigns{{{"!=", Test::kIsNot}, {"^=", Test::kStartsWith}, {"=", Test::kIs}, {">", Test::kAbove}, {"<", Test::kBelow}}};

bool one_of(std::span<const std::string> values, std::string_view text) { return std::find(values.begin(), values.end(), text) != values.end(); }

Result<std::vector<std::string>> known(const std::vector<std::string>& given, std::span<const std::string_view> all, std::span<const std::string> further, const char* field) {
  std::vector<std::string> kept;
  for (std::string text : given) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (text == "*") {
      kept.insert(kept.end(), all.begin(), all.end());
      continue;
    }
    if (std::find(all.begin(), all.end(), text) == all.end() && !one_of(further, text)) {
      std::string may;
      for (const auto& one : all) may.append(may.empty() ? "" : ", ").append(one);
      for (const auto& one : further) may.append(", ").append(one);
      return fail(Errc::kMalformed, std::string(field) + ": \"" + text.substr(0, 64) + "\" is none of " + may + " and *");
    }
    kept.push_back(std::move(text));
  }
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  if (std::equal(kept.begin(), kept.end(), all.begin(), all.end())) kept.clear();
  return kept;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (bad != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<void> check(const Predicate& predicate) {
  const auto bad = [&](const std::string& why) { return fail(Errc::kMalformed, "where: " + text(predicate).substr(0, 160) + ": " + why); };
  if (predicate.field.empty() || predicate.field.size() > kLongestField) return bad("a field's name has 1 to 128 bytes");
  const bool numeric = predicate.test == Test::kAbove || predicate.test == Test::kBelow;
  const std::size_t fewest = predicate.test == Test::kExists ? 0 : 1;
  const std::size_t most = numeric ? 1 : predicate.test == Test::kExists ? 0 : kMostValues;
  if (predicate.values.size() < fewest || predicate.values.size() > most) return bad("expected " + std::to_string(fewest) + " to " + std::to_string(most) + " values");
  for (const auto& value : predicate.values) {
    if (value.empty() || value.size() > kLongestValue) return bad("a value has 1 to 256 bytes");
    if (numeric && !number(value)) return bad("\"" + value + "\" is no number");
  }
  return engine::ok();
}

}  // namespace

Result<Predicate> parse_predicate(std::string_view text) {
  Predicate predicate;
  const auto at = text.find_first_of("=!^<>");
  if (at == text.npos) {
    if (!text.ends_with('?')) return fail(Errc::kMalformed, "where: \"" + std::string(text.substr(0, 160)) + "\": expected FIELD=VALUE|VALUE, FIELD!=VALUE, FIELD^=START, FIELD>NUMBER, FIELD<NUMBER or FIELD?");
    predicate = {std::string(text.substr(0, text.size() - 1)), Test::kExists, {}};
  } else {
    const auto sign = std::find_if(kSigns.begin(), kSigns.end(), [&](const Sign& one) { return text.substr(at).starts_with(one.text); });
    if (sign == kSigns.end()) return fail(Errc::kMalformed, "where: \"" + std::string(text.substr(0, 160)) + "\": expected =, !=, ^=, > or < behind the field");
    predicate.field = text.substr(0, at);
    predicate.test = sign->test;
    for (std::string_view rest = text.substr(at + sign->text.size());;) {
      const auto bar = rest.find('|');
      predicate.values.emplace_back(rest.substr(0, bar));
      if (bar == rest.npos) break;
      rest.remove_prefix(bar + 1);
    }
  }
  if (auto good = check(predicate); !good) return good.take_error();
  return predicate;
}

std::string text(const Predicate& predicate) {
  if (predicate.test == Test::kExists) return predicate.field + "?";
  std::string out = predicate.field;
  for (const Sign& sign : kSigns) {
    if (sign.test == predicate.test) out += sign.text;
  }
  for (std::size_t i = 0; i < predicate.values.size(); ++i) out.append(i == 0 ? "" : "|").append(predicate.values[i]);
  return out;
}

Result<Subscription> checked(Subscription wanted, std::span<const std::string> further) {
  auto types = known(wanted.types, kContractTypes, further, "resourceTypes");
  if (!types) return types.take_error();
  auto actions = known(wanted.actions, kActions, {}, "actions");
  if (!actions) return actions.take_error();
  if (wanted.where.size() > kMostPredicates) return fail(Errc::kMalformed, "where: at most " + std::to_string(kMostPredicates) + " tests");
  for (const auto& predicate : wanted.where) {
    if (auto good = check(predicate); !good) return good.take_error();
  }
  return Subscription{std::move(*types), std::move(*actions), std::move(wanted.where)};
}

bool names(const Subscription& wanted, std::string_view type, feed::Action action) {
  return (wanted.types.empty() ? is_contract_type(type) : one_of(wanted.types, type)) && (wanted.actions.empty() || one_of(wanted.actions, feed::name(action)));
}

bool untestable(const feed::ChangeView& change) { return change.has_alias || tested_document(change).empty(); }

std::string_view tested_document(const feed::ChangeView& change) {
  return !change.list.empty() ? change.list : !change.feed.empty() ? change.feed : change.webhook;
}

bool holds(const Predicate& predicate, DocumentFields& document) {
  const auto among = [&](std::string_view value) { return one_of(predicate.values, value); };
  const auto starts = [&](std::string_view value) {
    return std::any_of(predicate.values.begin(), predicate.values.end(), [&](const std::string& start) { return value.starts_with(start); });
  };
  const auto beyond = [&](std::string_view value) {
    const auto have = number(value), bound = number(predicate.values.front());
    return have && bound && (predicate.test == Test::kAbove ? *have > *bound : *have < *bound);
  };
  switch (predicate.test) {
    case Test::kIs: return document.any(predicate.field, among);
    case Test::kIsNot: return !document.any(predicate.field, among);
    case Test::kStartsWith: return document.any(predicate.field, starts);
    case Test::kAbove:
    case Test::kBelow: return document.any(predicate.field, beyond);
    case Test::kExists: return document.has(predicate.field);
  }
  return false;
}

bool wants(const Subscription& wanted, const feed::ChangeView& change, DocumentFields& document) {
  const auto told = told_of(change);
  if (!told || !names(wanted, told->type, told->action)) return false;
  if (wanted.where.empty() || untestable(change)) return true;
  return std::all_of(wanted.where.begin(), wanted.where.end(), [&](const Predicate& one) { return holds(one, document); });
}

void write(engine::ByteWriter& out, const Subscription& wanted) {
  const auto texts = [&out](const std::vector<std::string>& all) {
    out.varint(all.size());
    for (const auto& one : all) out.text(one);
  };
  texts(wanted.types);
  texts(wanted.actions);
  out.varint(wanted.where.size());
  for (const auto& predicate : wanted.where) {
    out.text(predicate.field).big(static_cast<std::uint8_t>(predicate.test));
    texts(predicate.values);
  }
}

Subscription read_subscription(engine::ByteCursor& in) {
  const auto texts = [&in] {
    std::vector<std::string> all;
    for (std::uint64_t n = in.varint(); n > 0 && in.ok(); --n) all.emplace_back(in.text());
    return all;
  };
  Subscription wanted;
  wanted.types = texts();
  wanted.actions = texts();
  for (std::uint64_t n = in.varint(); n > 0 && in.ok(); --n) {
    Predicate predicate;
    predicate.field = in.text();
    predicate.test = static_cast<Test>(in.big<std::uint8_t>());
    predicate.values = texts();
    wanted.where.push_back(std::move(predicate));
  }
  return wanted;
}

}  // namespace delivery
