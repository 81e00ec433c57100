#include "engine/net/header_lines.h"

#include <cstring>

#include "engine/net/http_syntax.h"

namespace engine::net {

std::optional<std::size_t> HeaderLines::add(std::string_view name, std::string_view value) {
  if (!is_header_line(name, value)) return std::nullopt;
  text_.append(name).append(": ");
  values_.push_back({text_.size(), value.size()});
  text_.append(value).append("\r\n");
  return values_.size() - 1;
}

bool HeaderLines::set(std::size_t line, std::string_view value) {
  if (has_line_end(value)) return false;
  std::memcpy(rewrite(line, value.size()), value.data(), value.size());
  return true;
}

char* HeaderLines::rewrite(std::size_t line, std::size_t size) {
  Value& value = values_[line];
  if (size != value.size) {
    text_.replace(value.at, value.size, size, ' ');
    for (auto later = values_.begin() + static_cast<std::ptrdiff_t>(line) + 1; later != values_.end(); ++later) later->at += size - value.size;
    value.size = size;
  }
  return text_.data() + value.at;
}

std::string_view HeaderLines::first(std::size_t lines) const {
  if (lines == 0) return {};
  const Value& last = values_[lines - 1];
  return std::string_view(text_).substr(0, last.at + last.size + 2);
}

}  // namespace engine::net
