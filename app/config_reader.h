#pragma once
// Reads one TOML document into typed values and collects every problem instead of stopping at the first.
// Included by what reads the configuration and by nothing else: toml++ is slow to compile.

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace app {

/// Every problem of a configuration, in file order.
class Problems {
 public:
  void add(const std::string& where, const std::string& what) { list_.push_back(where + ": " + what); }
  bool empty() const { return list_.empty(); }
  const std::vector<std::string>& list() const { return list_; }

 private:
  std::vector<std::string> list_;
};

/// One table of the document. Asking for a key marks it known; finish() reports the keys nobody asked for.
class TableReader {
 public:
  TableReader(const toml::table* table, std::string path, Problems& problems)
      : table_(table), path_(std::move(path)), problems_(problems) {}

  bool present() const { return table_ != nullptr; }
  std::string where(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }

  template <class T>
  std::optional<T> get(const std::string& key, const char* expected) {
    const auto* node = find(key);
    if (!node) return std::nullopt;
    if (auto value = node->value_exact<T>()) return *value;
    problems_.add(where(key), std::string("expected ") + expected);
    return std::nullopt;
  }
  void read(const std::string& key, std::string& into) {
    if (auto v = get<std::string>(key, "a text")) into = *v;
  }
  void read(const std::string& key, bool& into) {
    if (auto v = get<bool>(key, "true or false")) into = *v;
  }
  template <class Int>
    requires(std::integral<Int> && !std::same_as<Int, bool>)
  void read(const std::string& key, Int& into, std::int64_t low, std::int64_t high) {
    auto v = get<std::int64_t>(key, "a whole number");
    if (!v) return;
    if (*v < low || *v > high) {
      problems_.add(where(key), "must be between " + std::to_string(low) + " and " + std::to_string(high));
      return;
    }
    into = static_cast<Int>(*v);
  }
  void read(const std::string& key, std::vector<std::string>& into) {
    const auto* node = find(key);
    if (!node) return;
    const auto* array = node->as_array();
    bool good = array != nullptr;
    std::vector<std::string> values;
    for (std::size_t i = 0; good && i < array->size(); ++i) {
      if (auto v = array->get(i)->value_exact<std::string>()) {
        values.push_back(*v);
      } else {
        good = false;
      }
    }
    if (good) {
      into = std::move(values);
    } else {
      problems_.add(where(key), "expected a list of texts");
    }
  }
  bool has(const std::string& key) const { return table_ && table_->contains(key); }
  /// Every key of this table with its text; another type is a problem.
  void each_text(const std::function<void(const std::string& key, const std::string& value)>& visit) {
    if (!table_) return;
    for (const auto& [key, node] : *table_) {
      const std::string name(key.str());
      if (auto value = get<std::string>(name, "a text")) visit(name, *value);
    }
  }
  TableReader table(const std::string& key) {
    const auto* node = find(key);
    const auto* inner = node ? node->as_table() : nullptr;
    if (node && !inner) problems_.add(where(key), "expected a table, [" + where(key) + "]");
    return TableReader(inner, where(key), problems_);
  }
  void each_table(const std::string& key, const std::function<void(TableReader&)>& visit) {
    const auto* node = find(key);
    if (!node) return;
    const auto* array = node->as_array();
    if (!array) return problems_.add(where(key), "expected tables, [[" + where(key) + "]]");
    for (std::size_t i = 0; i < array->size(); ++i) {
      TableReader inner(array->get(i)->as_table(), where(key) + "[" + std::to_string(i) + "]", problems_);
      if (!inner.present()) {
        problems_.add(inner.path_, "expected a table");
        continue;
      }
      visit(inner);
      inner.finish();
    }
  }
  void problem(const std::string& key, const std::string& what) { problems_.add(where(key), what); }
  /// Reports every key that was never asked for: a misspelt setting must not be ignored silently.
  void finish() {
    if (!table_) return;
    for (const auto& [key, node] : *table_) {
      if (!known_.contains(std::string(key.str()))) problems_.add(where(std::string(key.str())), "unknown setting");
    }
  }

 private:
  const toml::node* find(const std::string& key) {
    known_.insert(key);
    return table_ ? table_->get(key) : nullptr;
  }
  const toml::table* table_;
  std::string path_;
  Problems& problems_;
  std::set<std::string> known_;
};

}  // namespace app
