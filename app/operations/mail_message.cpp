#include "app/operations/mail_message.h"

#include <algorithm>

#include "engine/base/text_codec.h"

namespace app::operations {

namespace {

constexpr std::size_t kLine = 76;
constexpr std::size_t kWordBytes = 42;  // of an encoded word: 56 characters of base64 in at most 75

bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; }) && text.find("=?") == text.npos;
}

/// A piece that does not end inside a UTF-8 character.
std::size_t piece_end(const std::string& text, std::size_t at) {
  auto end = std::min(at + kWordBytes, text.size());
  while (end > at && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return end > at ? end : std::min(at + kWordBytes, text.size());
}

std::string header_text(const std::string& text) {
  if (is_plain(text)) return text;
  std::string words;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = piece_end(text, at);
    if (at > 0) words += "\r\n ";
    words += "=?UTF-8?B?" + engine::to_base64(text.substr(at, end - at)) + "?=";
    at = end;
  }
  return words;
}

/// "Sun, 22 Nov 2026 17:37:23 +0000"
std::string mail_date(engine::WallTime now) {
  auto date = engine::http_date(now);
  date.replace(date.size() - 3, 3, "+0000");
  return date;
}

}  // namespace

std::string compose(const Mail& mail, engine::WallTime now) {
  const auto domain = mail.from.substr(mail.from.find('@') + 1);
  std::string text;
  text.append("Date: ").append(mail_date(now)).append("\r\nFrom: <").append(mail.from).append(">\r\nTo: <").append(mail.to);
  text.append(">\r\nSubject: ").append(header_text(mail.subject)).append("\r\nMessage-ID: <").append(mail.id).append("@").append(domain);
  text.append(
      ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
  const auto encoded = engine::to_base64(mail.body);
  for (std::size_t at = 0; at < encoded.size(); at += kLine) text.append(encoded, at, kLine).append("\r\n");
  return text;
}

}  // namespace app::operations
