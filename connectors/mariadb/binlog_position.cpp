#include "connectors/mariadb/binlog_position.h"

#include <algorithm>
#include <charconv>

namespace connectors {

using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

template <class T>
bool parse_number(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

/// Cuts the text in front of `mark` off; the whole where there is no mark.
std::string_view cut(std::string_view& text, char mark) {
  const auto at = std::min(text.find(mark), text.size());
  const auto head = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return head;
}

}  // namespace

int compare_files(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

void BinlogPosition::pass(const Gtid& gtid) {
  const auto at = std::lower_bound(gtids.begin(), gtids.end(), gtid.domain, [](const Gtid& g, std::uint32_t domain) { return g.domain < domain; });
  if (at != gtids.end() && at->domain == gtid.domain) {
    *at = gtid;
  } else {
    gtids.insert(at, gtid);
  }
}

void BinlogPosition::advance(std::string_view to_file, std::uint64_t to_offset) {
  const int order = compare_files(to_file, file);
  if (order < 0 || (order == 0 && to_offset <= offset)) return;
  file = to_file;
  offset = to_offset;
}

bool BinlogPosition::at_or_behind(const BinlogPosition& other) const {
  const int order = compare_files(file, other.file);
  return order > 0 || (order == 0 && offset >= other.offset);
}

std::string print(const Gtid& gtid) {
  return std::to_string(gtid.domain) + "-" + std::to_string(gtid.server_id) + "-" + std::to_string(gtid.sequence);
}

std::string print_gtids(const std::vector<Gtid>& gtids) {
  std::string out;
  for (const auto& gtid : gtids) out.append(out.empty() ? "" : ",").append(print(gtid));
  return out;
}

Result<std::vector<Gtid>> parse_gtids(std::string_view text) {
  BinlogPosition out;
  while (!text.empty()) {
    auto one = cut(text, ',');
    Gtid gtid;
    const auto domain = cut(one, '-');
    const auto server = cut(one, '-');
    if (!parse_number(domain, gtid.domain) || !parse_number(server, gtid.server_id) || !parse_number(one, gtid.sequence)) {
      return fail(Errc::kMalformed, "not a GTID set");
    }
    out.pass(gtid);
  }
  return std::move(out.gtids);
}

std::string print(const BinlogPosition& p) {
  return "server=" + std::to_string(p.server_id) + ";gtid=" + print_gtids(p.gtids) + ";file=" + p.file + ";at=" + std::to_string(p.offset);
}

Result<BinlogPosition> parse_position(std::string_view text) {
  BinlogPosition out;
  bool server = false, file = false, at = false;
  while (!text.empty()) {
    auto value = cut(text, ';');
    const auto key = cut(value, '=');
    if (key == "server") {
      server = parse_number(value, out.server_id);
    } else if (key == "gtid") {
      auto gtids = parse_gtids(value);
      if (!gtids) return gtids.take_error();
      out.gtids = std::move(*gtids);
    } else if (key == "file") {
      out.file = value;
      file = !value.empty();
    } else if (key == "at") {
      at = parse_number(value, out.offset);
    }
  }
  if (!server || !file || !at) return fail(Errc::kMalformed, "not a position of a MariaDB source");
  return out;
}

}  // namespace connectors
