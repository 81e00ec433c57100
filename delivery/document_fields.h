#pragma once
// Fields of a document by name, for tests on them.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace delivery {

/// Reads one document after the other; memory is used again. Threads: one.
class DocumentFields {
 public:
  DocumentFields();
  ~DocumentFields();
  DocumentFields(DocumentFields&&) noexcept;
  DocumentFields& operator=(DocumentFields&&) noexcept;

  /// The document to ask from now on: a JSON object. Read when first asked; its bytes stay alive until then.
  void load(std::string_view json);

  /// Shows `see` the field's value as text, each of them where it is an array, until it says yes. Numbers in their shortest form, "true", "false",
  /// "null"; objects are not shown. "seo.title" goes into objects. False: nobody said yes, or there is no such field (or no document).
  bool any(std::string_view field, const std::function<bool(std::string_view)>& see);
  /// The document has that field, with whatever value but null.
  bool has(std::string_view field);

 private:
  struct Parsed;
  Parsed* parsed();
  std::unique_ptr<Parsed> parsed_;
};

}  // namespace delivery
