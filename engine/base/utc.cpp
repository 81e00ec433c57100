#include "engine/base/utc.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace engine {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Reads fixed-width decimal fields from the front of a text; failure sticks.
class Digits {
 public:
  explicit Digits(std::string_view text) : rest_(text) {}
  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }
  int number(std::size_t width) {
    if (!ok_ || rest_.size() < width) return wrong();
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return wrong();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(width);
    return value;
  }
  void expect(char c) { accept(c) ? 0 : wrong(); }
  bool accept(char c) {
    if (!ok_ || rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // The digits of a fraction as microseconds; at least one digit must follow.
  microseconds fraction() {
    std::int64_t value = 0;
    int seen = 0;
    while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      if (seen < 6) value = value * 10 + (rest_[0] - '0');
      ++seen;
      rest_.remove_prefix(1);
    }
    if (seen == 0) wrong();
    for (int i = seen; i < 6; ++i) value *= 10;
    return microseconds{value};
  }

 private:
  int wrong() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

std::optional<WallTime> instant(int y, int mo, int d, int h, int mi, int s) {
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!date.ok() || h > 23 || mi > 59 || s > 59) return std::nullopt;
  return WallTime{sys_days{date}} + hours{h} + minutes{mi} + seconds{s};
}

void two(char* at, unsigned v) {
  at[0] = static_cast<char>('0' + v / 10);
  at[1] = static_cast<char>('0' + v % 10);
}

struct Fields {
  int year;
  unsigned month, day, hour, minute, second, weekday;
  std::int64_t micros;
};

Fields split(WallTime t) {
  const auto first = WallTime{sys_days{year{0} / 1 / 1}};
  const auto last = WallTime{sys_days{year{9999} / 12 / 31}} + hours{24} - microseconds{1};
  t = std::clamp(t, first, last);
  const auto midnight = floor<days>(t);
  const year_month_day date{midnight};
  const hh_mm_ss time{t - midnight};
  return {int(date.year()),
          unsigned(date.month()),
          unsigned(date.day()),
          static_cast<unsigned>(time.hours().count()),
          static_cast<unsigned>(time.minutes().count()),
          static_cast<unsigned>(time.seconds().count()),
          weekday{midnight}.c_encoding(),
          duration_cast<microseconds>(time.subseconds()).count()};
}

void write_fields(char* out, const Fields& f, char between) {
  two(out, static_cast<unsigned>(f.year) / 100);
  two(out + 2, static_cast<unsigned>(f.year) % 100);
  out[4] = out[7] = '-';
  two(out + 5, f.month);
  two(out + 8, f.day);
  out[10] = between;
  two(out + 11, f.hour);
  out[13] = out[16] = ':';
  two(out + 14, f.minute);
  two(out + 17, f.second);
}

}  // namespace

// Times of one answer or one payload mostly share their second.
void write_rfc3339(char* out, WallTime t) {
  struct Written {
    sys_seconds second = sys_seconds::max();
    char text[kRfc3339Bytes];
  };
  thread_local Written last;
  if (const auto second = floor<seconds>(t); second != last.second) {
    write_fields(last.text, split(t), 'T');
    last.text[kRfc3339Bytes - 1] = 'Z';
    last.second = second;
  }
  std::copy_n(last.text, kRfc3339Bytes, out);
}

void append_rfc3339(std::string& out, WallTime t) {
  char text[kRfc3339Bytes];
  write_rfc3339(text, t);
  out.append(text, sizeof text);
}

std::string rfc3339(WallTime t) {
  std::string out;
  append_rfc3339(out, t);
  return out;
}

std::string sql_datetime(WallTime t) {
  const auto f = split(t);
  char text[40];
  write_fields(text, f, ' ');
  if (f.micros == 0) return {text, 19};
  std::snprintf(text + 19, sizeof text - 19, ".%06d", static_cast<int>(f.micros));
  return {text, 26};
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  Digits in(text);
  const int y = in.number(4);
  in.expect('-');
  const int mo = in.number(2);
  in.expect('-');
  const int d = in.number(2);
  in.expect('T');
  const int h = in.number(2);
  in.expect(':');
  const int mi = in.number(2);
  in.expect(':');
  const int s = in.number(2);
  if (in.accept('.')) in.fraction();
  minutes shift{0};
  if (!in.accept('Z')) {
    const bool west = in.accept('-');
    if (!west) in.expect('+');
    const int sh = in.number(2);
    in.expect(':');
    const int sm = in.number(2);
    if (sh > 23 || sm > 59) return std::nullopt;
    shift = hours{sh} + minutes{sm};
    if (west) shift = -shift;
  }
  if (!in.ok() || !in.rest().empty()) return std::nullopt;
  auto local = instant(y, mo, d, h, mi, s);
  if (!local) return std::nullopt;
  return *local - shift;
}

std::optional<WallTime> parse_sql_datetime(std::string_view text) {
  Digits in(text);
  const int y = in.number(4);
  in.expect('-');
  const int mo = in.number(2);
  in.expect('-');
  const int d = in.number(2);
  if (!in.accept(' ')) in.expect('T');
  const int h = in.number(2);
  in.expect(':');
  const int mi = in.number(2);
  in.expect(':');
  const int s = in.number(2);
  microseconds part{0};
  if (in.accept('.')) part = in.fraction();
  if (!in.ok() || !in.rest().empty()) return std::nullopt;
  auto whole = instant(y, mo, d, h, mi, s);
  if (!whole) return std::nullopt;
  return *whole + part;
}

std::string http_date(WallTime t) {
  const auto f = split(t);
  char text[40];
  const int n = std::snprintf(text, sizeof text, "%s, %02u %s %04d %02u:%02u:%02u GMT", kDays[f.weekday].data(), f.day,
                              kMonths[f.month - 1].data(), f.year, f.hour, f.minute, f.second);
  return {text, static_cast<std::size_t>(n)};
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  if (text.size() != 29 || text.substr(25) != " GMT" || text.substr(3, 2) != ", ") return std::nullopt;
  const auto named = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  if (named == kMonths.end() || text[7] != ' ' || text[11] != ' ' || text[16] != ' ') return std::nullopt;
  Digits day_field(text.substr(5, 2));
  const int d = day_field.number(2);
  Digits rest(text.substr(12));
  const int y = rest.number(4);
  rest.expect(' ');
  const int h = rest.number(2);
  rest.expect(':');
  const int mi = rest.number(2);
  rest.expect(':');
  const int s = rest.number(2);
  if (!day_field.ok() || !rest.ok()) return std::nullopt;
  return instant(y, static_cast<int>(named - kMonths.begin()) + 1, d, h, mi, s);
}

}  // namespace engine
