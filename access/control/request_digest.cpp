#include "access/control/request_digest.h"

#include "engine/base/byte_writer.h"
#include "engine/crypto/digest.h"

namespace trust {
namespace {

// Each text with its length in front, so that no two lists of texts have the same bytes.
RequestDigest digest_of(std::initializer_list<std::string_view> texts) {
  std::string bytes;
  engine::ByteWriter write(bytes);
  for (const auto text : texts) write.text(text);
  return engine::crypto::sha256(bytes);
}

}  // namespace

RequestDigest subject_digest(std::string_view action_ref, std::string_view canonical_payload) { return digest_of({action_ref, canonical_payload}); }

RequestDigest request_digest(std::string_view action, const ApprovalRequest& request) {
  return digest_of({"approval", action, request.action_ref, request.reason, request.payload.canonical, request.canonical_metadata});
}

RequestDigest request_digest(std::string_view action, const ExecuteRequest& request) {
  return digest_of({"execution", action, request.action_ref, std::to_string(request.approval ? request.approval->value : 0), request.payload.canonical});
}

}  // namespace trust
