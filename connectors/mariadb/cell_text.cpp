#include "connectors/mariadb/cell_text.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>

#include "connectors/decimal_text.h"

namespace connectors {

using engine::ByteCursor;

namespace {

void digits(std::string& out, unsigned value, unsigned width) {
  char block[10];
  for (unsigned i = width; i-- > 0; value /= 10) block[i] = static_cast<char>('0' + value % 10);
  out.append(block, width);
}

void print_clock(const Moment& m, std::string& out) {
  out.push_back(':');
  digits(out, m.minute, 2);
  out.push_back(':');
  digits(out, m.second, 2);
  if (m.micros == 0) return;
  out.push_back('.');
  digits(out, m.micros, 6);
}

constexpr unsigned kDigitsPerWord = 9;
constexpr std::array<std::uint8_t, 10> kBytesOfDigits = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
constexpr std::array<std::uint32_t, 10> kPowers = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

/// Digits of a number, gathered as an integer while it fits and as text where it does not.
class Digits {
 public:
  /// False: `value` has more than `count` digits.
  bool add(std::uint32_t value, unsigned count) {
    if (value >= kPowers[count]) return false;
    fits_ = fits_ && !__builtin_mul_overflow(number_, kPowers[count], &number_) && !__builtin_add_overflow(number_, value, &number_);
    digits(text_, value, count);
    return true;
  }
  void finish(bool negative, unsigned scale, Cell& out) const {
    if (fits_) {
      out = negative ? -number_ : number_;
      return;
    }
    auto whole = std::string_view(text_).substr(0, text_.size() - scale);
    whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
    auto& text = text_of(out);
    if (negative) text.push_back('-');
    text.append(whole.empty() ? std::string_view("0") : whole);
    if (scale > 0) text.append(1, '.').append(text_, text_.size() - scale);
  }

 private:
  std::int64_t number_ = 0;
  bool fits_ = true;
  std::string text_;
};

/// Leaves a zero fraction out and fills any other to six digits.
std::string with_fraction(std::string_view text) {
  const auto point = text.find('.');
  if (point == std::string_view::npos) return std::string(text);
  if (text.find_first_not_of('0', point + 1) == std::string_view::npos) return std::string(text.substr(0, point));
  std::string out(text);
  out.resize(point + 7, '0');
  return out;
}

}  // namespace

std::string& text_of(Cell& cell) {
  if (auto* text = std::get_if<std::string>(&cell)) {
    text->clear();
    return *text;
  }
  return cell.emplace<std::string>();
}

std::string& bytes_of(Cell& cell) {
  if (auto* bytes = std::get_if<Bytes>(&cell)) {
    bytes->data.clear();
    return bytes->data;
  }
  return cell.emplace<Bytes>().data;
}

void print_date(const Moment& m, std::string& out) {
  digits(out, m.year, 4);
  out.push_back('-');
  digits(out, m.month, 2);
  out.push_back('-');
  digits(out, m.day, 2);
}

void print_instant(const Moment& m, std::string& out) {
  print_date(m, out);
  out.push_back(' ');
  digits(out, m.hour, 2);
  print_clock(m, out);
}

void print_time(bool negative, const Moment& m, std::string& out) {
  if (negative) out.push_back('-');
  digits(out, m.hour, m.hour > 99 ? 3 : 2);
  print_clock(m, out);
}

Moment moment_of(std::uint32_t unix_seconds, unsigned micros) {
  if (unix_seconds == 0 && micros == 0) return {};
  const std::chrono::sys_seconds at{std::chrono::seconds{unix_seconds}};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const auto second = static_cast<unsigned>((at - day).count());
  return {static_cast<unsigned>(static_cast<int>(date.year())), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
          second / 3600, second / 60 % 60, second % 60, micros};
}

bool read_decimal(ByteCursor& in, unsigned precision, unsigned scale, Cell& out) {
  constexpr unsigned kMostPrecision = 65, kMostBytes = 32;
  if (precision == 0 || precision > kMostPrecision || scale > precision) return false;
  const unsigned whole = precision - scale;
  const unsigned lead = whole % kDigitsPerWord, tail = scale % kDigitsPerWord;
  const unsigned bytes = kBytesOfDigits[lead] + whole / kDigitsPerWord * 4 + scale / kDigitsPerWord * 4 + kBytesOfDigits[tail];
  const auto raw = in.take(bytes);
  if (!in.ok() || bytes > kMostBytes) return false;
  char plain[kMostBytes];
  const bool negative = !(static_cast<unsigned char>(raw[0]) & 0x80);
  for (unsigned i = 0; i < bytes; ++i) plain[i] = static_cast<char>(negative ? ~raw[i] : raw[i]);
  plain[0] = static_cast<char>(plain[0] ^ 0x80);
  ByteCursor words(std::string_view(plain, bytes));
  Digits number;
  auto add = [&](unsigned count) { return number.add(static_cast<std::uint32_t>(words.big_bytes(kBytesOfDigits[count])), count); };
  bool fine = lead == 0 || add(lead);
  for (unsigned i = 0; i < whole / kDigitsPerWord + scale / kDigitsPerWord; ++i) fine = fine && add(kDigitsPerWord);
  if (!fine || (tail > 0 && !add(tail))) return false;
  number.finish(negative, scale, out);
  return true;
}

void print_uuid(std::string_view stored, std::string& out) {
  // Versions 1 to 5 are kept with their parts in reverse, so that equal times lie together; others as they are.
  // The variant's upper bit tells: it stands in byte 6 of a reversed one, where others have their version.
  constexpr std::uint8_t kReversed[] = {12, 13, 14, 15, 10, 11, 8, 9, 6, 7, 0, 1, 2, 3, 4, 5};
  constexpr char kHex[] = "0123456789abcdef";
  const bool reversed = static_cast<unsigned char>(stored[6]) & 0x80;
  for (unsigned i = 0; i < 16; ++i) {
    const auto c = static_cast<unsigned char>(stored[reversed ? kReversed[i] : i]);
    if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
    out.push_back(kHex[c >> 4]);
    out.push_back(kHex[c & 15]);
  }
}

void print_inet4(std::string_view address, std::string& out) {
  for (unsigned i = 0; i < 4; ++i) {
    if (i > 0) out.push_back('.');
    out.append(std::to_string(static_cast<unsigned char>(address[i])));
  }
}

void print_inet6(std::string_view address, std::string& out) {
  std::array<unsigned, 8> groups;
  ByteCursor in(address);
  for (auto& group : groups) group = in.big<std::uint16_t>();
  unsigned gap = 8, length = 0;  // the first of the longest runs of zero groups
  for (unsigned i = 0, run = 0; i < 8; ++i) {
    run = groups[i] == 0 ? run + 1 : 0;
    if (run > length) {
      length = run;
      gap = i + 1 - run;
    }
  }
  const bool mapped = gap == 0 && length == 5 && groups[5] == 0xffff;
  const bool compatible = gap == 0 && length == 6;
  for (unsigned i = 0; i < 8; ++i) {
    if (i == gap) {
      out.append(i == 0 ? "::" : ":");
      i += length - 1;
      continue;
    }
    if (i == 6 && (mapped || compatible)) return print_inet4(address.substr(12), out);
    char hex[4];
    out.append(hex, std::to_chars(hex, hex + sizeof hex, groups[i], 16).ptr);
    if (i < 7) out.push_back(':');
  }
}

Cell cell_from_text(const Column& column, std::string_view text) {
  switch (column.kind) {
    case Column::Kind::kInteger: {
      std::int64_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error == std::errc{} && end == text.data() + text.size()) return number;
      return std::string(text);
    }
    case Column::Kind::kDecimal: return decimal_cell(text, column.scale);
    case Column::Kind::kReal: {
      double number = 0;
      std::from_chars(text.data(), text.data() + text.size(), number);
      return number;
    }
    case Column::Kind::kBytes: return Bytes{std::string(text)};
    case Column::Kind::kTime:
    case Column::Kind::kInstant: return with_fraction(text);
    case Column::Kind::kText:
    case Column::Kind::kDate:
    case Column::Kind::kJson: break;
  }
  return std::string(text);
}

}  // namespace connectors
